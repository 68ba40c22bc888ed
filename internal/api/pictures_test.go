package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

const picturesPath = "/api/v1/pictures"

// pngOf is a PNG of this size.
func pngOf(t testing.TB, w, h int) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func contentType(value string) map[string]string { return map[string]string{"Content-Type": value} }

// upload sends a picture that must be accepted, and returns its path.
func (r *rig) upload(t testing.TB, by user, data string) string {
	t.Helper()
	got := r.must(t, call{method: "PUT", path: picturesPath, as: by, body: data, header: contentType("image/png")})
	path, isLocal := strings.CutPrefix(got.str("url"), origin)
	if got.status != http.StatusCreated || !isLocal {
		t.Fatalf("%d %s", got.status, got.text)
	}
	return path
}

func TestUploadAndServe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	sent := pngOf(t, 2400, 600)
	got := r.must(t, call{method: "PUT", path: picturesPath, as: host, body: sent, header: contentType("image/png")})
	if got.json["width"] != 1200.0 || got.json["height"] != 300.0 {
		t.Errorf("the answer is %s", got.text)
	}
	path := r.upload(t, host, sent)
	if origin+path != got.str("url") {
		t.Errorf("the same picture is %s, then %s", got.str("url"), path)
	}
	served := r.must(t, call{method: "GET", path: path})
	m, err := jpeg.Decode(strings.NewReader(served.text))
	if err != nil || m.Bounds().Dx() != 1200 {
		t.Fatalf("the served picture is %v, %v", m, err)
	}
	sum := sha256.Sum256([]byte(served.text))
	name := hex.EncodeToString(sum[:])
	for header, want := range map[string]string{
		"Content-Type":            "image/jpeg",
		"Cache-Control":           "public, max-age=31536000, immutable",
		"X-Content-Type-Options":  "nosniff",
		"Content-Disposition":     "inline",
		"Content-Security-Policy": "default-src 'none'; sandbox",
		"ETag":                    `"` + name + `"`,
	} {
		if got := served.header.Values(header); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if path != nip.PicturePath+name {
		t.Errorf("the path is %s, want the hash %s", path, name)
	}
	if head := r.must(t, call{method: "HEAD", path: path}); head.text != "" || head.header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d bytes, %v", len(head.text), head.header)
	}
	known := r.do(t, call{method: "GET", path: path, header: map[string]string{"If-None-Match": `"` + name + `"`}})
	if known.status != http.StatusNotModified || known.text != "" {
		t.Errorf("a cached picture: %d", known.status)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	data := pngOf(t, 8, 8)
	host := newUser(t)
	isPNG := contentType("image/png")
	oversized := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + // a header that claims 50,000 × 50,000 pixels
		"\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x06\x00\x00\x00\x75\x9f\x25\x5b"
	for name, c := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"text":                  {"no picture", "text/plain", 400, "invalid_picture"},
		"no Content-Type":       {data, "", 400, "invalid_picture"},
		"svg":                   {"<svg/>", "image/svg+xml", 400, "invalid_picture"},
		"a form":                {data, "multipart/form-data; boundary=x", 400, "invalid_picture"},
		"text called a picture": {"no picture", "image/png", 400, "invalid_picture"},
		"nothing":               {"", "image/png", 400, "invalid_picture"},
		"too many pixels":       {oversized, "image/png", 400, "invalid_picture"},
		"one byte too large":    {strings.Repeat("a", nest.PictureBytesMax+1), "image/png", 413, "too_large"},
		"the largest picture":   {data + strings.Repeat("a", nest.PictureBytesMax-len(data)), "image/png", 201, ""},
		"another Content-Type":  {data, "Image/JPEG; q=1", 201, ""},
	} {
		t.Run(name, func(t *testing.T) {
			header := contentType(c.contentType)
			got := r.do(t, call{method: "PUT", path: picturesPath, as: newUser(t), body: c.body, header: header})
			if got.status != c.status || got.code() != c.code || c.code != "" && got.str("hint") == "" {
				t.Errorf("%d %s", got.status, got.text)
			}
		})
	}
	for name, c := range map[string]struct {
		q    call
		want int
	}{
		"no key":             {call{method: "PUT", path: picturesPath, body: data, header: isPNG}, 401},
		"own name":           {call{method: "PUT", path: picturesPath + "/x", as: host, body: data}, 405},
		"an invalid name":    {call{method: "GET", path: picturesPath + "/..%2f..%2fetc%2fpasswd"}, 404},
		"an unknown name":    {call{method: "GET", path: picturesPath + "/" + strings.Repeat("a", 64)}, 404},
		"a list of pictures": {call{method: "GET", path: picturesPath}, 405},
	} {
		if got := r.do(t, c.q); got.status != c.want || got.code() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}

// The signed hash of a picture is checked, although its body is read after authentication.
func TestUploadChecksPayload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, data := newUser(t), pngOf(t, 8, 8)
	sum := sha256.Sum256([]byte(data))
	for payload, want := range map[string]int{hex.EncodeToString(sum[:]): 201, strings.Repeat("0", 64): 401} {
		proof := r.authEvent(t, host, "PUT", origin+picturesPath, []string{"payload", payload})
		got := r.do(t, call{method: "PUT", path: picturesPath, body: data,
			header: map[string]string{"Content-Type": "image/png", "Authorization": header(proof)}})
		if got.status != want || want == 401 && got.code() != "auth_payload" {
			t.Errorf("payload %s: %d %s", payload, got.status, got.text)
		}
	}
	opened := r.must(t, call{method: "POST", path: "/api/v1/session", as: host})
	cookie, _, _ := strings.Cut(opened.header.Get("Set-Cookie"), ";")
	for page, want := range map[string]int{origin: 201, "https://evil.example": 401} {
		got := r.do(t, call{method: "PUT", path: picturesPath, body: data,
			header: map[string]string{"Content-Type": "image/png", "Cookie": cookie, "Origin": page}})
		if got.status != want {
			t.Errorf("a session at %s: %d %s", page, got.status, got.text)
		}
	}
}

// The server reads no byte of a large body before the client is authenticated.
func TestUploadIsReadAfterAuthentication(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := &countingReader{}
	request := httptest.NewRequest("PUT", picturesPath, body)
	request.ContentLength = nest.PictureBytesMax
	request.Header.Set("Content-Type", "image/png")
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusUnauthorized || body.read > 0 {
		t.Errorf("%d after %d bytes", recorder.Code, body.read)
	}
}

type countingReader struct{ read int }

func (c *countingReader) Read(into []byte) (int, error) {
	c.read += len(into)
	return len(into), nil
}

func TestUploadQuotaAndLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	for i := range 50 {
		r.upload(t, host, pngOf(t, 1+i, 100))
	}
	isPNG := contentType("image/png")
	got := r.do(t, call{method: "PUT", path: picturesPath, as: host, body: pngOf(t, 60, 1), header: isPNG})
	if got.status != http.StatusForbidden || got.code() != "picture_quota" || got.str("hint") == "" {
		t.Errorf("the 51st: %d %s", got.status, got.text)
	}
	limitedRig := newRig(t, limited)
	fast := newUser(t)
	for i := 0; ; i++ {
		got := limitedRig.do(t, call{method: "PUT", path: picturesPath, as: fast, body: "x", header: isPNG})
		if got.status == http.StatusTooManyRequests {
			if i < 55 || got.header.Get("Retry-After") == "" {
				t.Errorf("after %d: %v", i, got.header)
			}
			break
		}
		if i > 200 {
			t.Fatal("uploads are not limited as other writes")
		}
	}
}

// The number of pictures in memory is bounded. An upload without a slot is refused as too many requests.
func TestConcurrentUploadsAreBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, data := newUser(t), pngOf(t, 8, 8)
	for range picturesAtOnce {
		r.inner.uploads <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.inner.acquireUpload(ctx); nest.CodeOf(err) != nest.CodeTooManyRequests {
		t.Errorf("without a slot: %v", err)
	}
	<-r.inner.uploads
	for range 3 {
		r.upload(t, host, data)
	}
}
