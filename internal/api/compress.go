package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// compressFrom is where gzip begins to spare a packet. What holds a secret, such as a token, is shorter than that, so that its
// length tells nothing (BREACH).
const compressFrom = 2 << 10

// compressed is data as the client takes it: gzip of a long answer that everybody may ask for, else data itself.
func (x *exchange) compressed(data []byte) []byte {
	if len(data) < compressFrom || x.actor != "" {
		return data
	}
	x.w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(x.r.Header) {
		return data
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // fails for unknown levels only
	_, _ = w.Write(data)                              // a buffer takes everything
	_ = w.Close()
	x.w.Header().Set("Content-Encoding", "gzip")
	return out.Bytes()
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3) as far as it matters: gzip by name, with a weight above zero.
func takesGzip(header http.Header) bool {
	for part := range strings.SplitSeq(header.Get("Accept-Encoding"), ",") {
		word, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(word), "gzip") {
			q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
