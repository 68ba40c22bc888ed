package api

import (
	"net/http"
	"strings"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// auth is what a route asks of its caller.
type auth int

const (
	authOpen     auth = iota // anybody
	authKey                  // a proven key: a signed request, or an API session
	authSigned               // a signed request only
	authOperator             // as authKey, and the key is an operator's
)

// replayMargin is how long past its last valid second a used signature is remembered: clocks of nodes differ.
const replayMargin = 70 * time.Second

// authenticate proves who is asking and returns the key, unless the operator keeps that key out.
func (h *handler) authenticate(x *exchange, want auth, late bool) (string, error) {
	pubkey, err := h.prove(x, want, late)
	if err == nil {
		err = h.Keys.Blocked(pubkey)
	}
	if err == nil && want == authOperator {
		err = h.Keys.Operates(pubkey)
	}
	return pubkey, err
}

// prove finds out whose request it is. A header beats a cookie. Nothing is remembered or counted for a
// key before its signature is verified, or anybody could use up somebody else's. late leaves the body to the route.
func (h *handler) prove(x *exchange, want auth, late bool) (string, error) {
	x.step = "auth"
	header := x.r.Header.Get("Authorization")
	if header == "" && want != authSigned {
		if cookie, err := x.r.Cookie(sessionCookie); err == nil {
			return h.session(x, cookie.Value)
		}
	}
	e, err := nip.ParseAuth(header)
	if err != nil {
		return "", err
	}
	now := h.Now()
	request := nip.AuthRequest{Method: x.r.Method, URLs: h.Config.Origins, Path: uriAsSent(x.r), Body: x.body, BodyLater: late}
	if err := nip.CheckAuth(e, request, now); err != nil {
		return "", err
	}
	expires := time.Unix(e.CreatedAt, 0).Add(nip.AuthWindow + replayMargin).UnixMilli()
	fresh, err := h.Auth.UseAuth(x.r.Context(), e.ID+e.Sig, expires)
	if err != nil {
		return "", err
	}
	if !fresh {
		return "", &nest.Error{Code: nest.CodeAuthReplayed, Message: "This signed request was used before",
			Hint: "Sign every request anew; a nonce tag keeps two of the same second apart."}
	}
	x.proof = e
	return e.PubKey, nil
}

// uriAsSent is the raw path and query of the request line, which a u tag must equal to the byte.
func uriAsSent(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI() // absolute form, sent by proxies
}
