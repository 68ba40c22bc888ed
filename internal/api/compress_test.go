package api

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http/httptest"
	"testing"
)

func TestLongAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	id := r.create(t, host, "")
	for range 9 {
		r.create(t, host, "")
	}
	for _, c := range []struct {
		path, accept, encoding string
	}{
		{base, "gzip, deflate, br", "gzip"},
		{base, "br;q=1.0, GZIP;q=0.5", "gzip"},
		{base, "gzip;q=0", ""},
		{base, "br", ""},
		{base, "", ""},
		{base + "/" + id + "/info", "gzip", ""},  // short
		{base + "/" + id + "/guest", "gzip", ""}, // contains a token
	} {
		request := httptest.NewRequest("GET", origin+c.path, nil)
		request.Header.Set("Accept-Encoding", c.accept)
		answer := httptest.NewRecorder()
		r.handler.ServeHTTP(answer, request)
		if got := answer.Header().Get("Content-Encoding"); got != c.encoding {
			t.Errorf("%s with %q is encoded as %q, want %q", c.path, c.accept, got, c.encoding)
		}
		body := io.Reader(answer.Body)
		if c.encoding != "" {
			unpacked, err := gzip.NewReader(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = unpacked
		}
		if err := json.NewDecoder(body).Decode(&map[string]any{}); err != nil {
			t.Errorf("%s with %q: %v", c.path, c.accept, err)
		}
	}
}
