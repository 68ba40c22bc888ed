package api

import "net/http"

// apiHeaders are on every JSON answer. Any origin may read it, none with credentials: cookies serve the same origin only.
func apiHeaders(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, WWW-Authenticate")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
}

// preflight allows what any of our calls may need, whatever the path: the call itself says what is there.
func preflight(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, PUT, POST, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "authorization, content-type, accept")
	header.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
