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

// The session cookie holds the secret of an API session. The store keeps only a hash of it.
const (
	sessionCookie = "nests_session"
	sessionTTL    = 7 * 24 * time.Hour
)

// sessionKey is the key that opened a session. Browsers send cookies with requests of any site, so it checks the
// origin.
func (h *handler) sessionKey(x *exchange, secret string) (string, error) {
	if err := h.checkOrigin(x.r); err != nil {
		return "", err
	}
	pubkey, _, found, err := h.Sessions.Session(x.r.Context(), sessionHash(secret), h.Now().UnixMilli())
	if err == nil && !found {
		return "", &nest.Error{
			Code:    nest.CodeAuthSession,
			Message: "This session has ended",
			Hint:    "Sign in again: one signature opens a new session.",
		}
	}
	return pubkey, err
}

// checkOrigin refuses a cookie in another site's request. Browsers send Origin with every change. Without Origin only
// reading is allowed, because browsers do not show the answer to another site.
func (h *handler) checkOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
	if (origin == "" && isRead) || slices.Contains(h.Config.Origins, origin) {
		return nil
	}
	return &nest.Error{
		Code:    nest.CodeAuthOrigin,
		Message: "Only pages of this server can use a session",
		Hint:    "Sign the request (NIP-98), or open the app at " + h.Config.firstOrigin() + ".",
	}
}

// openSession exchanges one signature for a session cookie.
func (s *Server) openSession(x *exchange) error {
	var random [32]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	expires := s.Now().Add(sessionTTL)
	if err := s.Sessions.PutSession(x.r.Context(), sessionHash(secret), x.actor, expires.UnixMilli()); err != nil {
		return err
	}
	http.SetCookie(x.w, s.cookie(x.r, secret, int(sessionTTL.Seconds())))
	return x.json(http.StatusOK, SessionBody{Pubkey: x.actor, Expires: expires.UnixMilli()})
}

// closeSession ends the session of the cookie. Without a cookie it succeeds, too.
func (h *handler) closeSession(x *exchange) error {
	cookie, err := x.r.Cookie(sessionCookie)
	if err != nil {
		return x.noContent()
	}
	if err := h.checkOrigin(x.r); err != nil {
		return err
	}
	if err := h.Sessions.DropSession(x.r.Context(), sessionHash(cookie.Value)); err != nil {
		return err
	}
	http.SetCookie(x.w, h.cookie(x.r, "", -1))
	return x.noContent()
}

// cookie returns a session cookie, or the base of another one. It is Secure unless the page is on plain HTTP, where
// some browsers would drop a Secure cookie.
func (s *Server) cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	page := r.Header.Get("Origin")
	if !slices.Contains(s.Config.Origins, page) {
		page = s.Config.firstOrigin()
	}
	return &http.Cookie{
		Name:     sessionCookie,
		Value:    value,
		Path:     "/api/",
		MaxAge:   maxAge,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		Secure:   strings.HasPrefix(page, "https://"),
	}
}

func sessionHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
