package api

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"nests/internal/nest"
)

// exchange is one request on its way through a handler.
type exchange struct {
	w    *trackedWriter
	r    *http.Request
	log  *slog.Logger
	body []byte // what the request carried, within bodyMax
	id   string // the {id} of the path, in the form of a nest's id; "" where the path has none
	// actor is the proven key of who is asking; "" on open routes.
	actor string
	// proof is the event that proved it; zero for a session.
	proof nest.Event
	// step is how far the request came, for the log line of a refusal.
	step string
	// route is the name of the matched route, for OnRequest.
	route string
}

// json answers with v. A client that is gone by now is nobody's error.
func (x *exchange) json(status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	data = x.compressed(append(data, '\n'))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(data)
	return nil
}

func (x *exchange) noContent() error {
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}
