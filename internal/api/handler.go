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

// handler is a Server at work: its routes, its counters and its documents.
type handler struct {
	*Server
	log    *slog.Logger
	limits *limits
	table  table
	docs   documents
	// uploads has a place for each picture that is in memory.
	uploads chan struct{}
}

// Handler serves the one HTTP port: the API here, signalling, relay, webhooks and the web app by their own handlers.
func (s *Server) Handler() http.Handler {
	h := &handler{Server: s, log: s.Log.With("component", "api"), limits: newLimits(s.RateLimits, s.Now), uploads: make(chan struct{}, picturesAtOnce)}
	routes := h.routes()
	h.table = newTable(routes)
	h.docs = newDocuments(routes, s.Config)
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := h.Now()
	r, id := withRequestID(r)
	w.Header().Set("X-Request-Id", id)
	x := &exchange{w: &trackedWriter{ResponseWriter: w}, r: r, log: h.log, step: "route", route: "none"}
	summarize := h.summarizeOnce(x, started)
	x.w.onUpgrade = summarize
	defer summarize()
	defer func() {
		if cause := recover(); cause != nil {
			h.recovered(x, cause)
		}
		h.log.DebugContext(x.r.Context(), "request", "method", r.Method, "step", x.step, "status", x.w.status,
			"took_ms", h.Now().Sub(started).Milliseconds())
	}()
	h.dispatch(x)
}

// dispatch finds whose the request is.
func (h *handler) dispatch(x *exchange) {
	path := x.r.URL.EscapedPath()
	if path == "/relay" || path == "/relay/" || path == "/" && forRelay(x.r) {
		if err := h.blockedAddress(x, nil); err != nil {
			apiHeaders(x.w)
			h.refuse(x, err)
			return
		}
		h.pass(x, "relay", limitAddr, h.Relay)
		return
	}
	found, allow := h.table.find(x.r, path)
	if found == nil && len(allow) == 0 && !ours(path) && !ours(x.r.URL.Path) {
		h.pass(x, "web", limitNone, h.Web)
		return
	}
	if x.r.Method == http.MethodOptions {
		x.route = "preflight"
		preflight(x.w)
		return
	}
	if err := h.blockedAddress(x, found); err != nil {
		apiHeaders(x.w)
		h.refuse(x, err)
		return
	}
	if found != nil && found.handle == nil {
		h.pass(x, found.name, found.limit, found.raw)
		return
	}
	apiHeaders(x.w)
	if err := h.serve(x, found, allow); err != nil {
		h.refuse(x, err)
	}
}

// blockedAddress refuses whom the operator keeps out by address, at everything but /health, LiveKit's reports, and the pages of the
// web app, which say so to a person.
func (h *handler) blockedAddress(x *exchange, found *route) error {
	if found != nil && (found.name == "health" || found.limit == limitNone) {
		return nil
	}
	b, is := h.Addresses.Address(h.ClientAddr(x.r))
	if !is {
		return nil
	}
	if x.step = "address"; found != nil {
		x.route = found.name
	}
	return b.Refusal()
}

// serve runs one route: address, body, who is asking, how often, then the handler.
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
	var err error
	if !found.late() {
		if x.body, err = readBody(x.w, x.r, plainBody); err != nil {
			return err
		}
	}
	if found.auth != authOpen {
		x.step = "auth"
		if x.actor, err = h.authenticate(x, found.auth, found.late()); err != nil {
			if found.name == "join" && x.id != "" && nest.CodeOf(err) == nest.CodeBlocked {
				h.remember(x) // the key is proven, and turned away before its door
			}
			return err
		}
		x.step = "limit"
		if err := h.limitKey(x.r, found.limit, x.actor); err != nil {
			return err
		}
	}
	x.step = found.name
	if x.id == "" && strings.Contains(found.path, "{id}") {
		return nest.ErrNotFound // what has not the form of an id cannot be a nest, and never reaches the store
	}
	return found.handle(x)
}

// pass hands the request to a neighbour, which answers for itself, headers included.
func (h *handler) pass(x *exchange, name string, class limit, to http.Handler) {
	x.route = name
	err := h.limitAddress(x.r, class)
	if err == nil && to == nil {
		err = noRoute(x.w, nil)
	}
	if err != nil {
		apiHeaders(x.w)
		h.refuse(x, err)
		return
	}
	x.step = name
	to.ServeHTTP(x.w, x.r)
}

func noRoute(w http.ResponseWriter, allow []string) error {
	if len(allow) == 0 {
		return &nest.Error{Code: nest.CodePathNotFound, Message: "There is nothing at this path", Hint: "See /api/docs for what there is."}
	}
	methods := strings.Join(append(allow, http.MethodOptions), ", ")
	w.Header().Set("Allow", methods)
	return &nest.Error{Code: nest.CodeMethodNotAllowed, Message: "This path does not have that method", Hint: "Use one of " + methods + "."}
}

// forRelay tells a Nostr client at / from a browser: WebSocket (NIP-01) or the information document (NIP-11).
func forRelay(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.EqualFold(r.Header.Get("Upgrade"), "websocket") ||
		strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/nostr+json"))
}

// recovered answers for a handler that panicked, if it had not answered yet.
func (h *handler) recovered(x *exchange, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http's own word for: drop the connection, quietly
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if x.w.status != 0 {
		h.log.ErrorContext(x.r.Context(), "request failed", "step", x.step, "err", err)
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	apiHeaders(x.w)
	h.refuse(x, err)
}
