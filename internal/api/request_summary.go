package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Answered is one request as it was answered. It names nobody, and its words are ours, so that it may become the labels of a
// metric whatever a stranger asks for.
type Answered struct {
	Route  string        // operation name of the table, or relay, web, preflight; none for what is not there
	Status int           // clientLeft when nobody waited for the answer
	Code   string        // of a refusal, "" else
	Took   time.Duration // until the answer, or until a WebSocket was there
}

// clientLeft is no status of HTTP: nginx's word for a client that closed before it was answered.
const clientLeft = 499

// observer tells Observe once: at the end of a request, or when it becomes a WebSocket, which may last for hours.
func (h *handler) observer(c *call, w *trackedWriter, started time.Time) func() {
	if h.Observe == nil {
		return func() {}
	}
	c.r = c.r.WithContext(context.WithValue(c.r.Context(), refusedKey{}, &c.code))
	told := false
	return func() {
		if told {
			return
		}
		told = true
		h.Observe(Answered{Route: c.route, Status: answered(c.r.Context(), w.status), Code: c.code, Took: h.Now().Sub(started)})
	}
}

// answered is what net/http sends for a handler that wrote nothing.
func answered(ctx context.Context, status int) int {
	switch {
	case status != 0:
		return status
	case errors.Is(ctx.Err(), context.Canceled):
		return clientLeft
	}
	return http.StatusOK
}

type refusedKey struct{}

// Refused notes the code of a refusal that a neighbour on the port answers itself, with the context of its request.
func Refused(ctx context.Context, code string) {
	if noted, ok := ctx.Value(refusedKey{}).(*string); ok {
		*noted = code
	}
}
