package web

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"strings"
	"time"
)

// Card is what other places show of a link to a nest (Open Graph).
type Card struct {
	Title       string
	Description string
	Image       string // absolute URL, "" for none
	URL         string // the nest's own address
}

// describeMost bounds how long a page waits for its card: the page itself needs none.
const describeMost = 500 * time.Millisecond

// described serves the shell with a card in its head. False when the address is no nest's that everybody may know of.
func (h *handler) described(w http.ResponseWriter, r *http.Request) bool {
	if h.describe == nil || !h.has("index.html") {
		return false
	}
	ctx, cancel := context.WithTimeout(r.Context(), describeMost)
	defer cancel()
	card, ok := h.describe(ctx, strings.TrimPrefix(r.URL.Path, "/"))
	if !ok {
		return false
	}
	page, err := h.read("index.html")
	if err != nil {
		return false
	}
	before, after, found := bytes.Cut(page, []byte("<title>Nests</title>"))
	if !found {
		return false
	}
	header := w.Header()
	header.Set("Content-Type", contentType("index.html"))
	header.Set("Cache-Control", cacheControl("index.html"))
	for _, part := range [][]byte{before, []byte(card.tags()), after} {
		if _, err := w.Write(part); err != nil {
			return true
		}
	}
	return true
}

// tags are the card as HTML. Everything in it was written by somebody on Nostr.
func (c Card) tags() string {
	var b strings.Builder
	b.WriteString("<title>" + html.EscapeString(c.Title) + " – Nests</title>")
	for _, tag := range [][2]string{
		{"og:type", "website"}, {"og:site_name", "Nests"}, {"og:title", c.Title}, {"og:description", c.Description},
		{"og:url", c.URL}, {"og:image", c.Image},
	} {
		if tag[1] != "" {
			b.WriteString(`<meta property="` + tag[0] + `" content="` + html.EscapeString(tag[1]) + `">`)
		}
	}
	b.WriteString(`<meta name="twitter:card" content="summary">`)
	return b.String()
}
