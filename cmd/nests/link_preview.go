package main

import (
	"context"
	"strings"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/web"
)

// linkPreview is the preview of a link to a nest in other apps. It uses the rights of a guest, so a private nest has
// none.
func (a *app) linkPreview(ctx context.Context, address string) (web.Card, bool) {
	id, byID := strings.CutPrefix(address, "n/")
	if !byID {
		parsed, err := nip.ParseAddress(address)
		if err != nil {
			return web.Card{}, false
		}
		id = parsed.D
	}
	if !nest.IsID(id) {
		return web.Card{}, false
	}
	view, err := a.service.Info(ctx, id, nest.Caller{})
	if err != nil {
		return web.Card{}, false
	}
	n := view.Nest
	card := web.Card{
		Title:       n.Title,
		Description: n.Summary,
		Image:       n.Image,
		URL:         a.cfg.PublicOrigins()[0] + "/" + view.Link,
	}
	if card.Title == "" {
		card.Title = "A nest"
	}
	if card.Description == "" {
		card.Description = "A live audio room. Listen without an account."
	}
	return card, true
}
