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

// The guest cookie holds the secret that a browser's guest identities are derived from. Through it a guest keeps
// access and a removed guest stays removed. Everyone in a nest sees the identities, so an identity alone must not
// prove anything.
const (
	guestCookie       = "nests_guest"
	guestCookieTTL    = 30 * 24 * time.Hour
	guestSecretBytes  = 24
	identitiesPerNest = 4 // tabs of one browser in one nest
)

// guest mints a token for listening without a key.
func (s *Server) guest(x *exchange) error {
	if err := s.refuseBannedBrowser(x); err != nil {
		return err
	}
	entry, err := s.Joins.JoinAsGuest(x.r.Context(), x.id, s.guestOf(x))
	if err != nil {
		return err
	}
	return s.answerToken(x, entry)
}

// guestOf is the guest of this browser's cookie. Without a valid cookie it is a new guest, and sets a cookie.
func (s *Server) guestOf(x *exchange) nest.Caller {
	if known := guestIdentities(x.r, x.id); known != nil {
		return nest.Caller{GuestIDs: known, Invite: inviteOf(x.r)}
	}
	var random [guestSecretBytes]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	cookie := s.cookie(x.r, secret, int(guestCookieTTL.Seconds()))
	cookie.Name, cookie.Path = guestCookie, base+"/"
	http.SetCookie(x.w, cookie)
	return nest.Caller{GuestIDs: []string{guestIdentity(secret, x.id, 0)}, NewGuest: true, Invite: inviteOf(x.r)}
}

// guestIdentities are the identities of this browser in a nest, nil without a valid cookie.
func guestIdentities(r *http.Request, id string) []string {
	cookie, err := r.Cookie(guestCookie)
	if err != nil || len(cookie.Value) != base64.RawURLEncoding.EncodedLen(guestSecretBytes) {
		return nil
	}
	identities := make([]string, identitiesPerNest)
	for tab := range identities {
		identities[tab] = guestIdentity(cookie.Value, id, byte(tab))
	}
	return identities
}

// guestIdentity differs from nest to nest, so that nobody can track a guest across nests.
func guestIdentity(secret, id string, tab byte) string {
	sum := sha256.Sum256(append([]byte("nests guest\x00"+secret+"\x00"+id+"\x00"), tab))
	u := uuid.UUID(sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8 (RFC 9562 §5.8): custom
	return nest.GuestPrefix + u.String()
}
