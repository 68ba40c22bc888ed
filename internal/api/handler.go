package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"nests/internal/nest"
)

// Steps of a request that the log names. Others are the names of routes.
const (
	stepRoute   = "route"
	stepAddress = "address"
	stepAuth    = "auth"
	stepLimit   = "limit"
	stepDecode  = "decode"
	stepToken   = "token"
)

// handler serves the port of a Server.
type handler struct {
	*Server
	log     *slog.Logger
	limits  *limits
	router  router
	docs    documents
	uploads chan struct{} // holds one value for each picture in memory
}

// Handler serves the HTTP port: the API itself, and through the other handlers signalling, relay, webhooks and web app.
func (s *Server) Handler() http.Handler {
	h := &handler{
		Server:  s,
		log:     s.Log.With("component", "api"),
		limits:  newLimits(s.RateLimits, s.Now),
		uploads: make(chan struct{}, picturesAtOnce),
	}
	routes := h.routes()
	h.router = newRouter(routes)
	h.docs = newDocuments(routes, s.Config)
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := h.Now()
	r, id := withRequestID(r)
	w.Header().Set("X-Request-Id", id)
	x := &exchange{w: &trackedWriter{ResponseWriter: w}, r: r, log: h.log, step: stepRoute, route: "none"}
	summarize := h.summarizeOnce(x, started)
	x.w.onUpgrade = summarize
	defer summarize()
	defer func() {
		if cause := recover(); cause != nil {
			h.answerPanic(x, cause)
		}
		h.log.DebugContext(x.r.Context(), "request", "method", r.Method, "step", x.step, "status", x.w.status,
			"took_ms", h.Now().Sub(started).Milliseconds())
	}()
	if err := h.dispatch(x); err != nil {
		apiHeaders(x.w)
		h.refuse(x, err)
	}
}

// dispatch passes the request to the relay, the web app, another handler or a route of the API.
func (h *handler) dispatch(x *exchange) error {
	path := x.r.URL.EscapedPath()
	if path == "/relay" || path == "/relay/" || path == "/" && isRelayRequest(x.r) {
		if err := h.checkAddress(x, nil); err != nil {
			return err
		}
		return h.forward(x, "relay", limitAddr, h.Relay)
	}
	found, allow := h.router.find(x.r, path)
	if found == nil && len(allow) == 0 && !answersJSON(path) && !answersJSON(x.r.URL.Path) {
		return h.forward(x, "web", limitNone, h.Web)
	}
	if x.r.Method == http.MethodOptions {
		x.route = "preflight"
		preflight(x.w)
		return nil
	}
	if err := h.checkAddress(x, found); err != nil {
		return err
	}
	if found != nil && found.handle == nil {
		return h.forward(x, found.name, found.limit, found.served)
	}
	apiHeaders(x.w)
	return h.serve(x, found, allow)
}

// checkAddress refuses blocked addresses, except at /health and for LiveKit's webhooks. The web app is not checked: it
// shows the refusal to the user.
func (h *handler) checkAddress(x *exchange, found *route) error {
	if found != nil && (found.name == "health" || found.limit == limitNone) {
		return nil
	}
	block, blocked := h.Addresses.MatchAddress(h.ClientAddr(x.r))
	if !blocked {
		return nil
	}
	x.step = stepAddress
	if found != nil {
		x.route = found.name
	}
	return block.Refusal()
}

// serve runs a route: address limit, body, authentication, key limit, then the handler.
func (h *handler) serve(x *exchange, found *route, allow []string) error {
	class := limitAddr
	if found != nil {
		class, x.route = found.limit, found.name
	}
	if err := h.limitAddress(x.r, class); err != nil {
		return err
	}
	if found == nil {
		return noRoute(x.w, allow)
	}
	if id := x.r.PathValue("id"); nest.IsID(id) {
		x.id = id
	}
	if !found.readsBody() {
		var err error
		if x.body, err = readBody(x.w, x.r, jsonBody); err != nil {
			return err
		}
	}
	if found.auth != authOpen {
		if err := h.authorize(x, found); err != nil {
			return err
		}
	}
	x.step = found.name
	if x.id == "" && strings.Contains(found.path, "{id}") {
		return nest.ErrNotFound // a malformed id never reaches the store
	}
	return found.handle(x)
}

// authorize authenticates the client of a route that requires a key, and counts the request for the key.
func (h *handler) authorize(x *exchange, found *route) error {
	x.step = stepAuth
	var err error
	if x.actor, err = h.authenticate(x, found.auth, found.readsBody()); err != nil {
		if found.name == "join" && x.id != "" && nest.CodeOf(err) == nest.CodeBlocked {
			h.setBanCookie(x) // a blocked key is proven, but never reaches the handler that sets the cookie
		}
		return err
	}
	x.step = stepLimit
	return h.limitKey(x.r, found.limit, x.actor)
}

// forward passes the request to another handler, which writes the whole answer, headers included.
func (h *handler) forward(x *exchange, name string, class limit, to http.Handler) error {
	x.route = name
	if err := h.limitAddress(x.r, class); err != nil {
		return err
	}
	if to == nil {
		return noRoute(x.w, nil)
	}
	x.step = name
	to.ServeHTTP(x.w, x.r)
	return nil
}

func noRoute(w http.ResponseWriter, allow []string) error {
	if len(allow) == 0 {
		return &nest.Error{
			Code:    nest.CodePathNotFound,
			Message: "This path does not exist",
			Hint:    "See /api/docs for all paths.",
		}
	}
	methods := strings.Join(append(allow, http.MethodOptions), ", ")
	w.Header().Set("Allow", methods)
	return &nest.Error{
		Code:    nest.CodeMethodNotAllowed,
		Message: "This path does not support the method",
		Hint:    "Use one of " + methods + ".",
	}
}

// isRelayRequest tells a Nostr client at / from a browser: it asks for a WebSocket (NIP-01) or for NIP-11's document.
func isRelayRequest(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.EqualFold(r.Header.Get("Upgrade"), "websocket") ||
		strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/nostr+json"))
}

// answerPanic answers for a handler that panicked, unless it wrote something before.
func (h *handler) answerPanic(x *exchange, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http drops the connection without a log line
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if x.w.status != 0 {
		h.log.ErrorContext(x.r.Context(), "request failed", "step", x.step, "err", err)
		panic(http.ErrAbortHandler) // drops the connection, so that half an answer does not look complete
	}
	apiHeaders(x.w)
	h.refuse(x, err)
}
