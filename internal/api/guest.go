package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

// guestCookie is the secret from which a browser's guest identities come: by them a guest's place, and a guest's removal, are
// found again. An identity is seen by everybody in the nest, so it must not open anything itself.
const (
	guestCookie  = "nests_guest"
	guestTTL     = 30 * 24 * time.Hour
	guestsAtOnce = 4 // tabs of one browser in one nest
)

// asVisitor runs an endpoint that everybody may ask. Only where the nest does not open to anybody it looks at the key that
// the request proves, so that a header of no matter is never a reason to refuse.
func (h *handler) asVisitor(x *exchange, endpoint func(nest.Visitor) error) error {
	v := nest.Visitor{Guests: guests(x.r, x.id), Invite: invite(x.r)}
	refusal := endpoint(v)
	switch nest.CodeOf(refusal) {
	case nest.CodePrivate, nest.CodeNotStarted, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed:
	default:
		return refusal
	}
	if _, err := x.r.Cookie(sessionCookie); err != nil && x.r.Header.Get("Authorization") == "" {
		return refusal
	}
	step := x.step
	pubkey, err := h.authenticate(x, authKey, false)
	if err != nil {
		return err
	}
	x.step = step
	if err := h.limitKey(x.r, limitDoor, pubkey); err != nil {
		return err
	}
	v.Pubkey = pubkey
	return endpoint(v)
}

func invite(r *http.Request) string { return r.URL.Query().Get("invite") }

// knownGuest is the guest of this browser's cookie, or a new one who is given a cookie.
func (s *Server) knownGuest(x *exchange) nest.Visitor {
	if known := guests(x.r, x.id); known != nil {
		return nest.Visitor{Guests: known, Invite: invite(x.r)}
	}
	var random [24]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	cookie := s.cookie(x.r, secret, int(guestTTL.Seconds()))
	cookie.Name, cookie.Path = guestCookie, base+"/"
	http.SetCookie(x.w, cookie)
	return nest.Visitor{Guests: []string{guestIdentity(secret, x.id, 0)}, Fresh: true, Invite: invite(x.r)}
}

// guests are the identities of this browser in a nest, nil without a cookie.
func guests(r *http.Request, id string) []string {
	cookie, err := r.Cookie(guestCookie)
	if err != nil || len(cookie.Value) != base64.RawURLEncoding.EncodedLen(24) {
		return nil
	}
	identities := make([]string, guestsAtOnce)
	for tab := range identities {
		identities[tab] = guestIdentity(cookie.Value, id, byte(tab))
	}
	return identities
}

// guestIdentity is another in every nest, so that nobody follows a guest from one to the next.
func guestIdentity(secret, id string, tab byte) string {
	sum := sha256.Sum256(append([]byte("nests guest\x00"+secret+"\x00"+id+"\x00"), tab))
	u := uuid.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8 (RFC 9562): made by a rule of our own
	return nest.GuestPrefix + u.String()
}
