package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"nests/internal/nest"
)

// exchange is one HTTP request and its response, as the handlers receive it.
type exchange struct {
	w    *trackedWriter
	r    *http.Request
	log  *slog.Logger
	body []byte // the request's body, at most bodyMax
	id   string // the {id} of the path if it is a valid nest id, else ""
	// actor is the proven key of the client; "" on open routes.
	actor string
	// proof is the event that proved it; zero for a session.
	proof nest.Event
	// step is how far the request got, for the log.
	step string
	// route is the name of the matched route, for OnRequest.
	route string
}

// json writes v with the status. A failed write is no error: the client has left.
func (x *exchange) json(status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	data = x.compressIfUseful(append(data, '\n'))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(data)
	return nil
}

func (x *exchange) noContent() error {
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}

// query parses the query. Unlike URL.Query, it refuses one that is malformed.
func (x *exchange) query() (url.Values, error) {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return nil, invalid("query", "The query is malformed", "Escape the values of the query.")
	}
	return query, nil
}

// pageSize is the limit parameter of a query, 0 without one.
func pageSize(query url.Values) (int, error) {
	limit, err := strconv.Atoi(query.Get("limit"))
	if query.Has("limit") && (err != nil || limit < 1 || limit > 100) {
		return 0, invalid("limit", "limit is not between 1 and 100", "Use cursor for further pages.")
	}
	return limit, nil
}
