package api

import (
	"net/http"
	"strings"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// auth is the authentication that a route requires.
type auth int

const (
	authOpen     auth = iota // none
	authKey                  // a proven key: a signed request, or an API session
	authSigned               // a signed request only
	authOperator             // as authKey, and the key is an operator's
)

// replayMargin is how long a used signature is remembered after it became invalid: the clocks of nodes differ.
const replayMargin = 70 * time.Second

// authenticate returns the key that the request proves. It refuses blocked keys, and for authOperator all keys but the
// operators'. With bodyLater the handler reads the body itself and checks its hash.
func (h *handler) authenticate(x *exchange, want auth, bodyLater bool) (string, error) {
	pubkey, err := h.provenKey(x, want, bodyLater)
	if err == nil {
		err = h.Keys.CheckBlocked(pubkey)
	}
	if err == nil && want == authOperator {
		err = h.Keys.AuthorizeOperator(pubkey)
	}
	return pubkey, err
}

// provenKey returns the key of a signed request or of a session. A header takes precedence over a cookie. Nothing
// is stored or counted for a key before its signature is verified, so a forged request cannot use up the limits of
// its victim.
func (h *handler) provenKey(x *exchange, want auth, bodyLater bool) (string, error) {
	x.step = stepAuth
	header := x.r.Header.Get("Authorization")
	if header == "" && want != authSigned {
		if cookie, err := x.r.Cookie(sessionCookie); err == nil {
			return h.sessionKey(x, cookie.Value)
		}
	}
	e, err := nip.ParseAuth(header)
	if err != nil {
		return "", err
	}
	request := nip.AuthRequest{
		Method:    x.r.Method,
		URLs:      h.Config.Origins,
		Path:      uriAsSent(x.r),
		Body:      x.body,
		BodyLater: bodyLater,
	}
	if err := nip.CheckAuth(e, request, h.Now()); err != nil {
		return "", err
	}
	expires := time.Unix(e.CreatedAt, 0).Add(nip.AuthWindow + replayMargin).UnixMilli()
	fresh, err := h.Auth.UseAuth(x.r.Context(), e.ID+e.Sig, expires)
	if err != nil {
		return "", err
	}
	if !fresh {
		return "", &nest.Error{
			Code:    nest.CodeAuthReplayed,
			Message: "This signed request was used before",
			Hint:    "Sign every request anew. Add a nonce tag if two requests may be signed in the same second.",
		}
	}
	x.proof = e
	return e.PubKey, nil
}

// uriAsSent is the raw path and query of the request line. The u tag must match it byte for byte.
func uriAsSent(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI() // absolute form, sent by proxies
}
