package relay

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Handler serves the relay at any path: WebSockets, the information document (NIP-11), and a short text to browsers.
func (r *Relay) Handler() http.Handler { return http.HandlerFunc(r.serve) }

func isUpgrade(req *http.Request) bool {
	return strings.EqualFold(req.Header.Get("Upgrade"), "websocket")
}

func wantsInfo(req *http.Request) bool {
	return strings.Contains(strings.ToLower(req.Header.Get("Accept")), "application/nostr+json")
}

func (r *Relay) serve(w http.ResponseWriter, req *http.Request) {
	if isUpgrade(req) {
		r.serveWebSocket(w, req)
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Headers", "*")
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	switch {
	case req.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case req.Method != http.MethodGet && req.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "This is a Nostr relay. Connect with a WebSocket.", http.StatusMethodNotAllowed)
	case wantsInfo(req):
		header.Set("Content-Type", "application/nostr+json")
		header.Set("Cache-Control", "public, max-age=60")
		_ = json.NewEncoder(w).Encode(r.info())
	default:
		header.Set("Content-Type", "text/plain; charset=utf-8")
		text := "This is the Nostr relay of a Nests server. Connect with a WebSocket: " + r.config.URL + "\n"
		_, _ = w.Write([]byte(text))
	}
}
