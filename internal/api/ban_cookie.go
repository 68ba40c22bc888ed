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

// The ban cookie records, for the guest endpoint of one nest, which key last used the join endpoint in this browser: a
// banned user must not return as a guest. The cookie is signed, so that nobody can query the ban of another user's key.
const (
	banCookie    = "nests_joined"
	banCookieTTL = 30 * 24 * time.Hour
)

// setBanCookie sets the cookie even on refusal, so a key banned later is still recognised.
func (s *Server) setBanCookie(x *exchange) {
	cookie := s.cookie(x.r, s.banCookieValue(x.id, x.actor), int(banCookieTTL.Seconds()))
	cookie.Name, cookie.Path = banCookie, base+"/"+x.id+"/guest"
	http.SetCookie(x.w, cookie)
}

// banCookieValue is the key, and the server's signature of key and nest.
func (s *Server) banCookieValue(id, pubkey string) string {
	mac := hmac.New(sha256.New, []byte("nests joined\x00"+s.CookieSecret))
	mac.Write([]byte(id + "\x00" + pubkey))
	return pubkey + "." + hex.EncodeToString(mac.Sum(nil))
}

// refuseBannedBrowser refuses a guest whose ban cookie names a key that is banned or blocked now. Other reasons to
// refuse that key do not apply to guests.
func (s *Server) refuseBannedBrowser(x *exchange) error {
	cookie, err := x.r.Cookie(banCookie)
	if err != nil {
		return nil
	}
	pubkey, _, _ := strings.Cut(cookie.Value, ".")
	if !nest.IsPubkey(pubkey) || !hmac.Equal([]byte(cookie.Value), []byte(s.banCookieValue(x.id, pubkey))) {
		return nil
	}
	if _, err := s.Joins.Join(x.r.Context(), x.id, pubkey, ""); err != nil {
		if code := nest.CodeOf(err); code == nest.CodeBanned || code == nest.CodeBlocked {
			return err
		}
	}
	return nil
}
