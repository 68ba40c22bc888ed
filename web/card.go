package web

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"strings"
	"time"
)

// Card is what other sites and apps show for a link to a nest (Open Graph).
type Card struct {
	Title       string
	Description string
	Image       string // absolute URL, "" for none
	URL         string // the nest's own address
}

// describeTimeout bounds how long a page waits for its card, which the page itself does not need.
const describeTimeout = 500 * time.Millisecond

// serveWithCard serves the shell with a card in its head. It returns false if the address is not that of a public nest.
func (h *handler) serveWithCard(w http.ResponseWriter, r *http.Request) bool {
	if h.describe == nil || !h.has("index.html") {
		return false
	}
	ctx, cancel := context.WithTimeout(r.Context(), describeTimeout)
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

// tags returns the card as HTML. Nostr users wrote its texts, so every value is escaped.
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
