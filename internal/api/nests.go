package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"nests/internal/nest"
)

// create makes a nest and lets its host in.
func (s *Server) create(x *exchange) error {
	var body CreateBody
	if err := x.decode(&body); err != nil {
		return err
	}
	ctx := x.r.Context()
	x.log.InfoContext(ctx, "nest create requested", "identity", prefix(x.actor))
	entry, err := s.Nests.Create(ctx, nest.CreateRequest{
		Host: x.actor, Relays: body.Relays, HLS: body.HLS, Space: body.Event.domain(), RoomID: body.RoomID,
		Access: nest.Access(body.Access), Guests: body.Guests, StartsAt: body.StartsAt,
	})
	if err != nil {
		return err
	}
	return s.answerEntry(x, entry)
}

// restart makes a nest live again under its id.
func (s *Server) restart(x *exchange) error {
	var body RestartBody
	if err := x.decode(&body); err != nil {
		return err
	}
	entry, err := s.Nests.Restart(x.r.Context(), x.id, x.actor, nest.RestartRequest{Force: body.Force, Space: body.Event.domain()})
	if err != nil {
		return err
	}
	return s.answerEntry(x, entry)
}

func (s *Server) answerEntry(x *exchange, entry nest.Entry) error {
	token, err := s.token(x, entry.Nest.ID, entry.Pass)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, EntryBody{
		RoomID: entry.Nest.ID, Endpoints: s.Config.endpoints(entry.Nest), Token: token, Message: entry.Message,
	})
}

// end and close are one door with two policies: the host's, and the moderators'.
func (s *Server) end(x *exchange) error { return s.ending(x, s.Nests.End) }

func (s *Server) close(x *exchange) error { return s.ending(x, s.Nests.Close) }

func (s *Server) ending(x *exchange, end func(ctx context.Context, id, actor string) error) error {
	if err := end(x.r.Context(), x.id, x.actor); err != nil {
		return err
	}
	return x.noContent()
}

// list is the lobby.
func (s *Server) list(x *exchange) error {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return invalid("query", "The query is malformed", "Escape its values.")
	}
	limit, err := strconv.Atoi(query.Get("limit"))
	if query.Has("limit") && (err != nil || limit < 1) {
		return invalid("limit", "limit is not between 1 and 100", "Page with cursor.")
	}
	views, next, err := s.Nests.List(x.r.Context(), nest.ListRequest{
		Status: query.Get("status"), Host: query.Get("host"), Limit: limit, Cursor: query.Get("cursor"),
	})
	if err != nil {
		return err
	}
	body := ListBody{Nests: make([]NestBody, len(views)), Next: next}
	for i, v := range views {
		body.Nests[i] = s.Config.nestBody(v)
		body.Nests[i].Status = lobbyStatus(v)
	}
	return x.json(http.StatusOK, body)
}

// lobbyStatus tells a nest with somebody on stage from one that merely could be joined.
func lobbyStatus(v nest.View) string {
	switch {
	case !v.Nest.Joinable():
		return string(v.Nest.Status)
	case v.OnStage > 0:
		return "live"
	}
	return "open"
}

// putSpace takes a newer signed space from its host.
func (s *Server) putSpace(x *exchange) error {
	var body SpaceBody
	if err := x.decode(&body); err != nil {
		return err
	}
	view, err := s.Nests.PutSpace(x.r.Context(), x.id, x.actor, *body.Event.domain())
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, s.Config.nestBody(view))
}
