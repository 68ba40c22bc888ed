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

func aPNG(t testing.TB, w, h int) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func asType(kind string) map[string]string { return map[string]string{"Content-Type": kind} }

// upload sends a picture that has to be taken, and answers with its path.
func (r *rig) upload(t testing.TB, by person, data string) string {
	t.Helper()
	got := r.must(t, ask{method: "PUT", path: picturesPath, as: by, body: data, header: asType("image/png")})
	path, ours := strings.CutPrefix(got.str("url"), origin)
	if got.status != http.StatusCreated || !ours {
		t.Fatalf("%d %s", got.status, got.text)
	}
	return path
}

func TestUploadAndServe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	sent := aPNG(t, 2400, 600)
	got := r.must(t, ask{method: "PUT", path: picturesPath, as: host, body: sent, header: asType("image/png")})
	if got.json["width"] != 1200.0 || got.json["height"] != 300.0 {
		t.Errorf("answered %s", got.text)
	}
	path := r.upload(t, host, sent)
	if origin+path != got.str("url") {
		t.Errorf("the same picture is %s, then %s", got.str("url"), path)
	}
	served := r.must(t, ask{method: "GET", path: path})
	m, err := jpeg.Decode(strings.NewReader(served.text))
	if err != nil || m.Bounds().Dx() != 1200 {
		t.Fatalf("what is served is %v, %v", m, err)
	}
	sum := sha256.Sum256([]byte(served.text))
	name := hex.EncodeToString(sum[:])
	for header, want := range map[string]string{
		"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": "inline", "Content-Security-Policy": "default-src 'none'; sandbox", "ETag": `"` + name + `"`,
	} {
		if got := served.header.Values(header); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if path != nip.PicturePath+name {
		t.Errorf("%s is not named by what is served, %s", path, name)
	}
	if head := r.must(t, ask{method: "HEAD", path: path}); head.text != "" || head.header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d bytes, %v", len(head.text), head.header)
	}
	known := r.do(t, ask{method: "GET", path: path, header: map[string]string{"If-None-Match": `"` + name + `"`}})
	if known.status != http.StatusNotModified || known.text != "" {
		t.Errorf("one that is known: %d", known.status)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	data := aPNG(t, 8, 8)
	huge := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x06\x00\x00\x00\x75\x9f\x25\x5b"
	for name, c := range map[string]struct {
		body, kind string
		status     int
		code       string
	}{
		"text":                   {"no picture", "text/plain", 400, "invalid_picture"},
		"a picture without kind": {data, "", 400, "invalid_picture"},
		"svg":                    {"<svg/>", "image/svg+xml", 400, "invalid_picture"},
		"a form":                 {data, "multipart/form-data; boundary=x", 400, "invalid_picture"},
		"text called a picture":  {"no picture", "image/png", 400, "invalid_picture"},
		"nothing":                {"", "image/png", 400, "invalid_picture"},
		"a bomb":                 {huge, "image/png", 400, "invalid_picture"},
		"one byte too much":      {strings.Repeat("a", nest.PictureBytesMax+1), "image/png", 413, "too_large"},
		"as large as it may be":  {data + strings.Repeat("a", nest.PictureBytesMax-len(data)), "image/png", 201, ""},
		"called another kind":    {data, "Image/JPEG; q=1", 201, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do(t, ask{method: "PUT", path: picturesPath, as: newPerson(t), body: c.body, header: asType(c.kind)})
			if got.status != c.status || got.code() != c.code || c.code != "" && got.str("hint") == "" {
				t.Errorf("%d %s", got.status, got.text)
			}
		})
	}
	for name, c := range map[string]struct {
		q    ask
		want int
	}{
		"nobody":                 {ask{method: "PUT", path: picturesPath, body: data, header: asType("image/png")}, 401},
		"by name":                {ask{method: "PUT", path: picturesPath + "/x", as: newPerson(t), body: data, header: asType("image/png")}, 405},
		"a name that is not one": {ask{method: "GET", path: picturesPath + "/..%2f..%2fetc%2fpasswd"}, 404},
		"a name of nobody":       {ask{method: "GET", path: picturesPath + "/" + strings.Repeat("a", 64)}, 404},
		"a list of them":         {ask{method: "GET", path: picturesPath}, 405},
	} {
		if got := r.do(t, c.q); got.status != c.want || got.code() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}

// A body of a picture counts with its signature, though it is read after it.
func TestUploadProvesItsBody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, data := newPerson(t), aPNG(t, 8, 8)
	sum := sha256.Sum256([]byte(data))
	for payload, want := range map[string]int{hex.EncodeToString(sum[:]): 201, strings.Repeat("0", 64): 401} {
		proof := host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: r.clock.Load() / 1000, Tags: [][]string{
			{"u", origin + picturesPath}, {"method", "PUT"}, {"payload", payload}}})
		got := r.do(t, ask{method: "PUT", path: picturesPath, body: data,
			header: map[string]string{"Content-Type": "image/png", "Authorization": header(proof)}})
		if got.status != want || want == 401 && got.code() != "auth_payload" {
			t.Errorf("payload %s: %d %s", payload, got.status, got.text)
		}
	}
	opened := r.must(t, ask{method: "POST", path: "/api/v1/session", as: host})
	cookie, _, _ := strings.Cut(opened.header.Get("Set-Cookie"), ";")
	for page, want := range map[string]int{origin: 201, "https://evil.example": 401} {
		got := r.do(t, ask{method: "PUT", path: picturesPath, body: data,
			header: map[string]string{"Content-Type": "image/png", "Cookie": cookie, "Origin": page}})
		if got.status != want {
			t.Errorf("a session at %s: %d %s", page, got.status, got.text)
		}
	}
}

// Not a byte of a large body is read of somebody who did not say who he is.
func TestUploadIsReadOfKnownKeysOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := &counted{}
	request := httptest.NewRequest("PUT", picturesPath, body)
	request.ContentLength = nest.PictureBytesMax
	request.Header.Set("Content-Type", "image/png")
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusUnauthorized || body.read > 0 {
		t.Errorf("%d after %d bytes", recorder.Code, body.read)
	}
}

type counted struct{ read int }

func (c *counted) Read(into []byte) (int, error) {
	c.read += len(into)
	return len(into), nil
}

func TestUploadQuotaAndLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	for i := range 50 {
		r.upload(t, host, aPNG(t, 1+i, 100))
	}
	got := r.do(t, ask{method: "PUT", path: picturesPath, as: host, body: aPNG(t, 60, 1), header: asType("image/png")})
	if got.status != http.StatusForbidden || got.code() != "picture_quota" || got.str("hint") == "" {
		t.Errorf("the 51st: %d %s", got.status, got.text)
	}
	limited := newRig(t, func(r *rig) { r.RateLimits = true })
	fast := newPerson(t)
	for i := 0; ; i++ {
		got := limited.do(t, ask{method: "PUT", path: picturesPath, as: fast, body: "x", header: asType("image/png")})
		if got.status == http.StatusTooManyRequests {
			if i < 55 || got.header.Get("Retry-After") == "" {
				t.Errorf("after %d: %v", i, got.header)
			}
			break
		}
		if i > 200 {
			t.Fatal("uploads are not counted as other writes are")
		}
	}
}

// Pictures that are in memory are few: who finds no place is asked to come again.
func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, data := newPerson(t), aPNG(t, 8, 8)
	for range picturesAtOnce {
		r.inner.uploads <- struct{}{}
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if err := r.inner.acquireUpload(ctx); nest.CodeOf(err) != nest.CodeTooManyRequests {
		t.Errorf("without a place: %v", err)
	}
	<-r.inner.uploads
	for range 3 {
		r.upload(t, host, data)
	}
}
