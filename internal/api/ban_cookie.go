package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"nests/internal/nest"
)

// joinedCookie remembers, for the guest door of one nest only, which key last stood at its member door in this browser. A
// banned key must not come back as a guest by dropping its key. It is signed, or anybody could ask whether somebody else is banned.
const (
	joinedCookie = "nests_joined"
	joinedTTL    = 30 * 24 * time.Hour
)

// remember is said whether the door opened or refused: who is banned while away is known by the last time.
func (s *Server) remember(x *exchange) {
	cookie := s.cookie(x.r, s.joined(x.id, x.actor), int(joinedTTL.Seconds()))
	cookie.Name, cookie.Path = joinedCookie, base+"/"+x.id+"/guest"
	http.SetCookie(x.w, cookie)
}

// joined is the cookie's value: the key, and that this server saw it at the nest's door.
func (s *Server) joined(id, pubkey string) string {
	mac := hmac.New(sha256.New, []byte("nests joined\x00"+s.CookieSecret))
	mac.Write([]byte(id + "\x00" + pubkey))
	return pubkey + "." + hex.EncodeToString(mac.Sum(nil))
}

// outcast refuses a guest whose browser came with a key that is banned now. Any other answer of that key's door is no matter
// of a guest's.
func (s *Server) outcast(x *exchange) error {
	cookie, err := x.r.Cookie(joinedCookie)
	if err != nil {
		return nil
	}
	pubkey, _, _ := strings.Cut(cookie.Value, ".")
	if !nest.IsPubkey(pubkey) || !hmac.Equal([]byte(cookie.Value), []byte(s.joined(x.id, pubkey))) {
		return nil
	}
	if _, err := s.Admission.Join(x.r.Context(), x.id, pubkey, ""); err != nil {
		if code := nest.CodeOf(err); code == nest.CodeBanned || code == nest.CodeBlocked {
			return err
		}
	}
	return nil
}
