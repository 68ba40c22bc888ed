package api

import (
	"net/http"
	"time"

	"nests/internal/nest"
)

// joinedCookie remembers, for the guest door of one nest only, which key last stood at its member door in this browser. A
// banned key must not come back as a guest by dropping its key. It opens nothing: whoever forges it shuts a door for himself.
const (
	joinedCookie = "nests_joined"
	joinedTTL    = 30 * 24 * time.Hour
)

// remember is said whether the door opened or refused: who is banned while away is known by the last time.
func (s *Server) remember(c *call) {
	cookie := s.cookie(c.r, c.actor, int(joinedTTL.Seconds()))
	cookie.Name, cookie.Path = joinedCookie, base+"/"+c.id+"/guest"
	http.SetCookie(c.w, cookie)
}

// outcast refuses a guest whose browser came with a key that is banned now. Any other answer of that key's door is no matter
// of a guest's.
func (s *Server) outcast(c *call) error {
	cookie, err := c.r.Cookie(joinedCookie)
	if err != nil || !nest.IsPubkey(cookie.Value) {
		return nil
	}
	if _, err := s.Service.Join(c.r.Context(), c.id, cookie.Value, ""); err != nil {
		if code := nest.CodeOf(err); code == nest.CodeBanned || code == nest.CodeBlocked {
			return err
		}
	}
	return nil
}
