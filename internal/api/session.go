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
func (h *handler) session(x *exchange, secret string) (string, error) {
	if err := h.ownPage(x.r); err != nil {
		return "", err
	}
	pubkey, _, found, err := h.Sessions.Session(x.r.Context(), sessionHash(secret), h.Now().UnixMilli())
	if err == nil && !found {
		return "", &nest.Error{Code: nest.CodeAuthSession, Message: "This session has ended",
			Hint: "Sign in again: one signature opens a new one."}
	}
	return pubkey, err
}

// ownPage refuses a cookie that came with another site's request. A browser names the page in Origin on every change;
// without it only reading is allowed, which the browser keeps from other sites by itself.
func (h *handler) ownPage(r *http.Request) error {
	origin := r.Header.Get("Origin")
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if (origin == "" && reading) || slices.Contains(h.Config.Origins, origin) {
		return nil
	}
	return &nest.Error{Code: nest.CodeAuthOrigin, Message: "A session serves only this server's own pages",
		Hint: "Sign the request (NIP-98), or open the app at " + h.Config.first() + "."}
}

// openSession turns one signature into a cookie for the app of the same origin.
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

// closeSession ends the session of the cookie; without one there is nothing to end.
func (h *handler) closeSession(x *exchange) error {
	cookie, err := x.r.Cookie(sessionCookie)
	if err != nil {
		return x.noContent()
	}
	if err := h.ownPage(x.r); err != nil {
		return err
	}
	if err := h.Sessions.DropSession(x.r.Context(), sessionHash(cookie.Value)); err != nil {
		return err
	}
	http.SetCookie(x.w, h.cookie(x.r, "", -1))
	return x.noContent()
}

func (s *Server) cookie(r *http.Request, secret string, age int) *http.Cookie {
	page := r.Header.Get("Origin")
	if !slices.Contains(s.Config.Origins, page) {
		page = s.Config.first()
	}
	return &http.Cookie{Name: sessionCookie, Value: secret, Path: "/api/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(page, "https://")}
}

func sessionHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
