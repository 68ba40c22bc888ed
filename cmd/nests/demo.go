package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
)

// demo creates a nest for `nests dev`, hosted by the server's own key, and returns its URL.
func (a *app) demo(ctx context.Context) (string, error) {
	id := uuid.NewString()
	space := nest.Event{Kind: nest.KindSpace, CreatedAt: time.Now().Unix(), Tags: [][]string{
		{"d", id},
		{"room", "Demo nest"},
		{"title", "Demo nest"},
		{"summary", "A nest to try things in. It is gone when the server stops."},
		{"status", "open"},
		{"service", a.cfg.PublicURL() + "/api/v1/nests"},
		{"p", a.serverPK, "", "Host"},
	}}
	if err := nip.Sign(a.cfg.NostrKey, &space); err != nil {
		return "", err
	}
	entry, err := a.service.Create(ctx, nest.CreateRequest{Host: a.serverPK, Space: &space})
	if err != nil {
		return "", err
	}
	return a.cfg.PublicURL() + "/" + a.service.Codec.Link(entry.Nest), nil
}
