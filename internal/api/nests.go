package api

import (
	"context"
	"net/http"

	"nests/internal/nest"
)

// create creates a nest, and mints a token for its host.
func (s *Server) create(x *exchange) error {
	var body CreateBody
	if err := x.decode(&body); err != nil {
		return err
	}
	ctx := x.r.Context()
	x.log.InfoContext(ctx, "nest create requested", "identity", nest.ShortIdentity(x.actor))
	entry, err := s.Nests.Create(ctx, nest.CreateRequest{
		Host:     x.actor,
		Relays:   body.Relays,
		HLS:      body.HLS,
		Space:    body.Event.domain(),
		RoomID:   body.RoomID,
		Access:   nest.Access(body.Access),
		Guests:   body.Guests,
		StartsAt: body.StartsAt,
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
	request := nest.RestartRequest{Force: body.Force, Space: body.Event.domain()}
	entry, err := s.Nests.Restart(x.r.Context(), x.id, x.actor, request)
	if err != nil {
		return err
	}
	return s.answerEntry(x, entry)
}

func (s *Server) answerEntry(x *exchange, entry nest.Entry) error {
	token, err := s.mintToken(x, entry.Nest.ID, entry.Admission)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, EntryBody{
		RoomID:    entry.Nest.ID,
		Endpoints: s.Config.endpoints(entry.Nest),
		Token:     token,
		Message:   entry.Message,
	})
}

// end ends a nest for its host, close for moderators, too.
func (s *Server) end(x *exchange) error { return s.endWith(x, s.Nests.End) }

func (s *Server) close(x *exchange) error { return s.endWith(x, s.Nests.Close) }

func (s *Server) endWith(x *exchange, end func(ctx context.Context, id, actor string) error) error {
	if err := end(x.r.Context(), x.id, x.actor); err != nil {
		return err
	}
	return x.noContent()
}

// info returns what the caller may know of a nest. It needs no key, except for a private nest.
func (h *handler) info(x *exchange) error {
	return h.withCaller(x, func(caller nest.Caller) error {
		view, err := h.Nests.Info(x.r.Context(), x.id, caller)
		if err != nil {
			return err
		}
		return x.json(http.StatusOK, h.Config.nestBody(view))
	})
}

// list lists the public nests.
func (s *Server) list(x *exchange) error {
	request, err := x.listRequest()
	if err != nil {
		return err
	}
	views, next, err := s.Nests.List(x.r.Context(), request)
	if err != nil {
		return err
	}
	body := ListBody{Nests: make([]NestBody, len(views)), Next: next}
	for i, v := range views {
		body.Nests[i] = s.Config.listedNestBody(v)
	}
	return x.json(http.StatusOK, body)
}

// listRequest reads the query of a list of nests.
func (x *exchange) listRequest() (nest.ListRequest, error) {
	query, err := x.query()
	if err != nil {
		return nest.ListRequest{}, err
	}
	limit, err := pageSize(query)
	if err != nil {
		return nest.ListRequest{}, err
	}
	return nest.ListRequest{
		Status: query.Get("status"),
		Host:   query.Get("host"),
		Limit:  limit,
		Cursor: query.Get("cursor"),
	}, nil
}

// putSpace applies a newer signed space of the host.
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
