package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// compressFrom is the length from which gzip saves a packet. Answers with a secret, such as a token, are shorter,
// so the length of a compressed answer reveals nothing about a secret (BREACH).
const compressFrom = 2 << 10

// compressIfUseful returns data with gzip if it is long, public and the client accepts gzip; else data itself.
func (x *exchange) compressIfUseful(data []byte) []byte {
	if len(data) < compressFrom || x.actor != "" {
		return data
	}
	x.w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(x.r.Header) {
		return data
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // fails for unknown levels only
	_, _ = w.Write(data)                              // a buffer never fails
	_ = w.Close()
	x.w.Header().Set("Content-Encoding", "gzip")
	return out.Bytes()
}

// acceptsGzip reports whether Accept-Encoding (RFC 9110 §12.5.3) names gzip with a weight above zero. It ignores *.
func acceptsGzip(header http.Header) bool {
	for part := range strings.SplitSeq(header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
