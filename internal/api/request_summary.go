package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"nests/internal/nest"
)

// RequestSummary describes one answered request. It identifies no client, and every value is from a fixed set, so the
// fields can be metric labels whatever a client requests.
type RequestSummary struct {
	Route  string        // a route's name, or relay, web, preflight; none for an unknown path
	Status int           // statusClientClosed when the client left before the answer
	Code   string        // of a refusal; "" for a success
	Took   time.Duration // until the answer, or until the upgrade to a WebSocket
}

// statusClientClosed is nginx's non-standard status for a client that left before the answer.
const statusClientClosed = 499

// summarizeOnce returns a function that reports the request to OnRequest, the first time it is called: at the end of a
// request, or at the upgrade to a WebSocket, which may last for hours.
func (h *handler) summarizeOnce(x *exchange, started time.Time) func() {
	if h.OnRequest == nil {
		return func() {}
	}
	reported := false
	return func() {
		if reported {
			return
		}
		reported = true
		h.OnRequest(RequestSummary{
			Route:  x.route,
			Status: sentStatus(x.r.Context(), x.w.status),
			Code:   string(x.w.code),
			Took:   h.Now().Sub(started),
		})
	}
}

// sentStatus is the status that the client received: net/http sends 200 for a handler that wrote nothing.
func sentStatus(ctx context.Context, written int) int {
	switch {
	case written != 0:
		return written
	case errors.Is(ctx.Err(), context.Canceled):
		return statusClientClosed
	}
	return http.StatusOK
}

// RecordRefusal adds the code of a refusal to the summary of its request. It is for handlers beside the API, which
// write their own refusals; w is the writer that such a handler received.
func RecordRefusal(w http.ResponseWriter, code nest.Code) {
	if tracked, ok := w.(*trackedWriter); ok {
		tracked.code = code
	}
}
