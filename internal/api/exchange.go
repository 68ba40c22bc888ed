package api

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"nests/internal/nest"
)

// call is one request on its way through a handler.
type call struct {
	w    http.ResponseWriter
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
	// route is what was asked for, and code why it was refused; both are told to Observe.
	route, code string
}

// json answers with v. A client that is gone by now is nobody's error.
func (c *call) json(status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	data = c.compressed(append(data, '\n'))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(data)
	return nil
}

func (c *call) noContent() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
