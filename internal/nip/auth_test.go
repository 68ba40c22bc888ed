package nip_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	authURL  = "https://nests.example/api/v1/nests/abc/info?x=%41&y"
	authPath = "/api/v1/nests/abc/info?x=%41&y"
)

var authTime = time.Unix(1750000000, 0)

func authRequest() nip.AuthRequest {
	return nip.AuthRequest{
		Method: "PUT",
		URLs:   []string{"https://nests.example", "https://Other.Example:443/"},
		Path:   authPath,
		Body:   []byte(`{"a":1}`),
	}
}

func TestParseAuth(t *testing.T) {
	e := signed(t, nip.NewKey(), nip.KindAuth, []string{"u", "https://x/?~~~>>>???"}, []string{"method", "GET"})
	data := encode(t, e)
	std, raw := base64.StdEncoding.EncodeToString(data), base64.RawStdEncoding.EncodeToString(data)
	for name, header := range map[string]string{
		"standard":         "Nostr " + std,
		"no padding":       "Nostr " + raw,
		"url alphabet":     "Nostr " + base64.URLEncoding.EncodeToString(data),
		"url, no padding":  "Nostr " + base64.RawURLEncoding.EncodeToString(data),
		"lower-case":       "nostr " + std,
		"upper-case":       "NOSTR   " + std + " ",
		"published client": " Nostr " + std,
	} {
		if got, err := nip.ParseAuth(header); err != nil || got.ID != e.ID {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, test := range map[string]struct {
		header string
		want   nest.Code
	}{
		"none":          {"", nest.CodeAuthMissing},
		"blank":         {"  ", nest.CodeAuthMissing},
		"bearer":        {"Bearer " + std, nest.CodeAuthScheme},
		"no space":      {"Nostr" + std, nest.CodeAuthScheme},
		"scheme alone":  {"Nostr", nest.CodeAuthBase64},
		"not base64":    {"Nostr !!!", nest.CodeAuthBase64},
		"cut base64":    {"Nostr " + raw[:len(raw)-len(raw)%4+1-4], nest.CodeAuthBase64},
		"padding alone": {"Nostr ====", nest.CodeAuthBase64},
		"too long":      {"Nostr " + strings.Repeat("A", 17<<10), nest.CodeAuthBase64},
		"not json":      {"Nostr " + base64.StdEncoding.EncodeToString([]byte("hello")), nest.CodeAuthJSON},
		"not an event":  {"Nostr " + base64.StdEncoding.EncodeToString([]byte(`{"kind":27235}`)), nest.CodeAuthJSON},
	} {
		if _, err := nip.ParseAuth(test.header); nest.CodeOf(err) != test.want {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
	}
}

func TestCheckAuth(t *testing.T) {
	secret := nip.NewKey()
	sum := sha256.Sum256([]byte(`{"a":1}`))
	payload := hex.EncodeToString(sum[:])
	u, method := []string{"u", authURL}, []string{"method", "PUT"}

	for name, test := range map[string]struct {
		tags   [][]string
		change func(*nest.Event)
		req    func(*nip.AuthRequest)
		late   time.Duration
		want   nest.Code
	}{
		"fine":                      {tags: [][]string{u, method}},
		"order of published client": {tags: [][]string{method, u, {"client", "x"}}},
		"nonce":                     {tags: [][]string{u, method, {"nonce", "1"}}},
		"payload":                   {tags: [][]string{u, method, {"payload", payload}}},
		"payload of a later body": {
			tags: [][]string{u, method, {"payload", payload}},
			req:  func(r *nip.AuthRequest) { r.Body, r.BodyLater = nil, true },
		},
		"second public url":    {tags: [][]string{{"u", "https://other.example" + authPath}, method}},
		"60 s late":            {tags: [][]string{u, method}, late: time.Minute},
		"60 s early":           {tags: [][]string{u, method}, late: -time.Minute},
		"method in lower case": {tags: [][]string{u, {"method", "put"}}},
		"kind": {
			tags:   [][]string{u, method},
			change: func(e *nest.Event) { e.Kind = 1 },
			want:   nest.CodeAuthKind,
		},
		"61 s late":            {tags: [][]string{u, method}, late: 61 * time.Second, want: nest.CodeAuthTime},
		"61 s early":           {tags: [][]string{u, method}, late: -61 * time.Second, want: nest.CodeAuthTime},
		"no u":                 {tags: [][]string{method}, want: nest.CodeAuthURLCount},
		"two u":                {tags: [][]string{u, u, method}, want: nest.CodeAuthURLCount},
		"u without value":      {tags: [][]string{{"u"}, method}, want: nest.CodeAuthURL},
		"a valueless second u": {tags: [][]string{u, {"u"}, method}, want: nest.CodeAuthURLCount},
		"another host": {
			tags: [][]string{{"u", "https://evil.example" + authPath}, method},
			want: nest.CodeAuthURL,
		},
		"another scheme": {
			tags: [][]string{{"u", "http://nests.example" + authPath}, method},
			want: nest.CodeAuthURL,
		},
		"slash added": {
			tags: [][]string{{"u", "https://nests.example/api/v1/nests/abc/info/?x=%41&y"}, method},
			want: nest.CodeAuthURL,
		},
		"query decoded": {
			tags: [][]string{{"u", "https://nests.example/api/v1/nests/abc/info?x=A&y"}, method},
			want: nest.CodeAuthURL,
		},
		"query dropped": {
			tags: [][]string{{"u", "https://nests.example/api/v1/nests/abc/info"}, method},
			want: nest.CodeAuthURL,
		},
		"port on the client's side": {
			tags: [][]string{{"u", "https://nests.example:443" + authPath}, method},
			want: nest.CodeAuthURL,
		},
		"server without a url": {
			tags: [][]string{u, method},
			req:  func(r *nip.AuthRequest) { r.URLs = []string{""} },
			want: nest.CodeAuthURL,
		},
		"no method":      {tags: [][]string{u}, want: nest.CodeAuthMethodCount},
		"two methods":    {tags: [][]string{u, method, {"method", "GET"}}, want: nest.CodeAuthMethodCount},
		"another method": {tags: [][]string{u, {"method", "DELETE"}}, want: nest.CodeAuthMethod},
		"payload of another body": {
			tags: [][]string{u, method, {"payload", strings.Repeat("0", 64)}},
			want: nest.CodeAuthPayload,
		},
		"empty payload": {tags: [][]string{u, method, {"payload", ""}}, want: nest.CodeAuthPayload},
		"a right and a wrong hash": {
			tags: [][]string{u, method, {"payload", payload}, {"payload", "x"}},
			want: nest.CodeAuthPayload,
		},
		"changed after signing": {
			tags:   [][]string{u, method},
			change: func(e *nest.Event) { e.Content = "x" },
			want:   nest.CodeAuthID,
		},
		"signature of something": {
			tags:   [][]string{u, method},
			change: func(e *nest.Event) { e.Sig = strings.Repeat("1", 128) },
			want:   nest.CodeAuthSignature,
		},
		"hex in upper case": {
			tags:   [][]string{u, method},
			change: func(e *nest.Event) { e.ID = strings.ToUpper(e.ID) },
			want:   nest.CodeAuthJSON,
		},
		"kind beats a bad signature": {
			tags:   [][]string{u, method},
			change: func(e *nest.Event) { e.Kind, e.Sig = 1, "" },
			want:   nest.CodeAuthKind,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := signed(t, secret, nip.KindAuth, test.tags...)
			if test.change != nil {
				test.change(&e)
			}
			req := authRequest()
			if test.req != nil {
				test.req(&req)
			}
			err := nip.CheckAuth(e, req, authTime.Add(test.late))
			if nest.CodeOf(err) != test.want || (test.want == "") != (err == nil) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestAuthHints(t *testing.T) {
	e := signed(t, nip.NewKey(), nip.KindAuth, []string{"u", "https://wrong.example/"}, []string{"method", "PUT"})
	for want, late := range map[string]time.Duration{
		"https://nests.example" + authPath: 0,
		"1750000090":                       90 * time.Second,
		"90 s behind":                      90 * time.Second,
		"90 s ahead of":                    -90 * time.Second,
	} {
		var refusal *nest.Error
		err := nip.CheckAuth(e, authRequest(), authTime.Add(late))
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Hint, want) {
			t.Errorf("hint of %v lacks %q", err, want)
		}
	}
}

func FuzzParseAuth(f *testing.F) {
	f.Add("Nostr " + base64.StdEncoding.EncodeToString([]byte(foreignEvent)))
	f.Add("Nostr e30=")
	f.Add("nostr\t-_-_")
	f.Fuzz(func(t *testing.T, header string) {
		e, err := nip.ParseAuth(header)
		if err != nil {
			if !strings.HasPrefix(string(nest.CodeOf(err)), "auth_") {
				t.Fatalf("no auth code: %v", err)
			}
			return
		}
		if err := nip.CheckAuth(e, authRequest(), authTime); err == nil {
			t.Fatal("a fuzzer forged a signature")
		}
	})
}
