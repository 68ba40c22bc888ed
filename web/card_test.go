package web

import (
	"context"
	"strings"
	"testing"
)

func TestCardInTheHead(t *testing.T) {
	files := build()
	files["index.html"].Data = []byte("<!doctype html><head><title>Nests</title></head>shell")
	h := Handler(Options{Files: files, Describe: func(_ context.Context, address string) (Card, bool) {
		return Card{
			Title:       `Birds "<script>alert(1)</script>`,
			Description: "a & b",
			URL:         "https://s/naddr1x",
			Image:       "https://a/b.png",
		}, address == "naddr1x"
	}})
	response, body := get(t, h, "/naddr1x", "gzip")
	for _, want := range []string{
		`<title>Birds &#34;&lt;script&gt;alert(1)&lt;/script&gt; – Nests</title>`,
		`<meta property="og:title" content="Birds &#34;&lt;script&gt;alert(1)&lt;/script&gt;">`,
		`<meta property="og:description" content="a &amp; b">`, `<meta property="og:image" content="https://a/b.png">`,
		`<meta property="og:url" content="https://s/naddr1x">`, "</head>shell",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if response.Header.Get("Content-Encoding") != "" || response.Header.Get("Cache-Control") != "no-cache" ||
		response.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("headers %v", response.Header)
	}
	if _, body := get(t, h, "/naddr1other", ""); strings.Contains(body, "og:") || !strings.Contains(body, "shell") {
		t.Errorf("another address: %s", body)
	}
}
