package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"nests/internal/nest"
)

// sessionCookie holds the secret of an API session; the store holds its hash only.
const (
	sessionCookie = "nests_session"
	sessionTTL    = 7 * 24 * time.Hour
)

// session is the key behind a cookie. Browsers send cookies whoever asks them to, so the page that asks must be ours.
func (h *handler) session(c *call, secret string) (string, error) {
	if err := h.ownPage(c.r); err != nil {
		return "", err
	}
	pubkey, _, found, err := h.Sessions.Session(c.r.Context(), sessionHash(secret), h.Now().UnixMilli())
	if err == nil && !found {
		return "", &nest.Error{Code: codeAuthSession, Message: "This session has ended",
			Hint: "Sign in again: one signature opens a new one."}
	}
	return pubkey, err
}

// ownPage refuses a cookie that came with another site's request. A browser names the page in Origin on every change;
// without it only reading is allowed, which the browser keeps from other sites by itself.
func (h *handler) ownPage(r *http.Request) error {
	origin := r.Header.Get("Origin")
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if (origin == "" && reading) || slices.Contains(h.Facts.Origins, origin) {
		return nil
	}
	return &nest.Error{Code: codeAuthOrigin, Message: "A session serves only this server's own pages",
		Hint: "Sign the request (NIP-98), or open the app at " + h.Facts.first() + "."}
}

// openSession turns one signature into a cookie for the app of the same origin.
func (s *Server) openSession(c *call) error {
	var random [32]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	expires := s.Now().Add(sessionTTL)
	if err := s.Sessions.PutSession(c.r.Context(), sessionHash(secret), c.actor, expires.UnixMilli()); err != nil {
		return err
	}
	http.SetCookie(c.w, s.cookie(c.r, secret, int(sessionTTL.Seconds())))
	return c.json(http.StatusOK, SessionBody{Pubkey: c.actor, Expires: expires.UnixMilli()})
}

// closeSession ends the session of the cookie; without one there is nothing to end.
func (h *handler) closeSession(c *call) error {
	cookie, err := c.r.Cookie(sessionCookie)
	if err != nil {
		return c.noContent()
	}
	if err := h.ownPage(c.r); err != nil {
		return err
	}
	if err := h.Sessions.DropSession(c.r.Context(), sessionHash(cookie.Value)); err != nil {
		return err
	}
	http.SetCookie(c.w, h.cookie(c.r, "", -1))
	return c.noContent()
}

func (s *Server) cookie(r *http.Request, secret string, age int) *http.Cookie {
	page := r.Header.Get("Origin")
	if !slices.Contains(s.Facts.Origins, page) {
		page = s.Facts.first()
	}
	return &http.Cookie{Name: sessionCookie, Value: secret, Path: "/api/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(page, "https://")}
}

func sessionHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
