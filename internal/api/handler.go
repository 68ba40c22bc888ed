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
	h := &handler{Server: s, log: s.Log.With("component", "api"), limits: newLimits(s.RateLimits), uploads: make(chan struct{}, picturesAtOnce)}
	routes := h.routes()
	h.table = newTable(routes)
	h.docs = newDocuments(routes, s.Facts)
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := h.Now()
	r, id := withRequestID(r)
	w.Header().Set("X-Request-Id", id)
	tracked := &trackedWriter{ResponseWriter: w}
	c := &call{w: tracked, r: r, log: h.log, step: "route", route: "none"}
	tracked.upgraded = h.observer(c, tracked, started)
	defer tracked.upgraded()
	defer func() {
		if cause := recover(); cause != nil {
			h.recovered(c, tracked, cause)
		}
		h.log.DebugContext(c.r.Context(), "request", "method", r.Method, "step", c.step, "status", tracked.status,
			"took_ms", h.Now().Sub(started).Milliseconds())
	}()
	h.dispatch(c)
}

// dispatch finds whose the request is.
func (h *handler) dispatch(c *call) {
	path := c.r.URL.EscapedPath()
	if path == "/relay" || path == "/relay/" || path == "/" && forRelay(c.r) {
		if err := h.blockedAddress(c, nil); err != nil {
			apiHeaders(c.w)
			h.refuse(c, err)
			return
		}
		h.pass(c, "relay", limitAddr, h.Relay)
		return
	}
	found, allow := h.table.find(c.r, path)
	if found == nil && len(allow) == 0 && !ours(path) && !ours(c.r.URL.Path) {
		h.pass(c, "web", limitNone, h.Web)
		return
	}
	if c.r.Method == http.MethodOptions {
		c.route = "preflight"
		preflight(c.w)
		return
	}
	if err := h.blockedAddress(c, found); err != nil {
		apiHeaders(c.w)
		h.refuse(c, err)
		return
	}
	if found != nil && found.handle == nil {
		h.pass(c, found.name, found.limit, found.raw)
		return
	}
	apiHeaders(c.w)
	if err := h.serve(c, found, allow); err != nil {
		h.refuse(c, err)
	}
}

// blockedAddress refuses whom the operator keeps out by address, at everything but /health, LiveKit's reports, and the pages of the
// web app, which say so to a person.
func (h *handler) blockedAddress(c *call, found *route) error {
	if found != nil && (found.name == "health" || found.limit == limitNone) {
		return nil
	}
	b, is := h.Service.Blocks.Address(h.ClientAddr(c.r))
	if !is {
		return nil
	}
	if c.step = "address"; found != nil {
		c.route = found.name
	}
	return b.Refusal()
}

// serve runs one route: address, body, who is asking, how often, then the handler.
func (h *handler) serve(c *call, found *route, allow []string) error {
	class := limitAddr
	if found != nil {
		class, c.route = found.limit, found.name
	}
	if err := h.limitAddress(c.r, class); err != nil {
		return err
	}
	if found == nil {
		return noRoute(c.w, allow)
	}
	if id := c.r.PathValue("id"); nest.IsID(id) {
		c.id = id
	}
	var err error
	if !found.late() {
		if c.body, err = readBody(c.w, c.r, plainBody); err != nil {
			return err
		}
	}
	if found.auth != authOpen {
		c.step = "auth"
		if c.actor, err = h.authenticate(c, found.auth, found.late()); err != nil {
			if found.name == "join" && c.id != "" && nest.CodeOf(err) == nest.CodeBlocked {
				h.remember(c) // the key is proven, and turned away before its door
			}
			return err
		}
		c.step = "limit"
		if err := h.limitKey(c.r, found.limit, c.actor); err != nil {
			return err
		}
	}
	c.step = found.name
	if c.id == "" && strings.Contains(found.path, "{id}") {
		return nest.ErrNotFound // what has not the form of an id cannot be a nest, and never reaches the store
	}
	return found.handle(c)
}

// pass hands the request to a neighbour, which answers for itself, headers included.
func (h *handler) pass(c *call, name string, class limit, to http.Handler) {
	c.route = name
	err := h.limitAddress(c.r, class)
	if err == nil && to == nil {
		err = noRoute(c.w, nil)
	}
	if err != nil {
		apiHeaders(c.w)
		h.refuse(c, err)
		return
	}
	c.step = name
	to.ServeHTTP(c.w, c.r)
}

func noRoute(w http.ResponseWriter, allow []string) error {
	if len(allow) == 0 {
		return &nest.Error{Code: codeNoRoute, Message: "There is nothing at this path", Hint: "See /api/docs for what there is."}
	}
	methods := strings.Join(append(allow, http.MethodOptions), ", ")
	w.Header().Set("Allow", methods)
	return &nest.Error{Code: codeMethod, Message: "This path does not have that method", Hint: "Use one of " + methods + "."}
}

// forRelay tells a Nostr client at / from a browser: WebSocket (NIP-01) or the information document (NIP-11).
func forRelay(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.EqualFold(r.Header.Get("Upgrade"), "websocket") ||
		strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/nostr+json"))
}

// recovered answers for a handler that panicked, if it had not answered yet.
func (h *handler) recovered(c *call, w *trackedWriter, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // net/http's own word for: drop the connection, quietly
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if w.status != 0 {
		h.log.ErrorContext(c.r.Context(), "request failed", "step", c.step, "err", err)
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	apiHeaders(c.w)
	h.refuse(c, err)
}
