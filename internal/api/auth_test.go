package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"nests/internal/nest"
	"nests/internal/nip"
)

func TestAuthRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, body := newUser(t), `{"hls_stream":false}`
	now := r.clock.Load() / 1000
	signed := func(change func(*nest.Event)) string {
		e := nest.Event{Kind: nip.KindAuth, CreatedAt: now, Tags: [][]string{{"u", origin + base}, {"method", "PUT"}}}
		change(&e)
		return header(host.sign(t, e))
	}
	forged := func(change func(*nest.Event)) string {
		e := r.authEvent(t, host, "PUT", origin+base)
		change(&e)
		return header(e)
	}
	tags := func(tags ...[]string) func(*nest.Event) { return func(e *nest.Event) { e.Tags = tags } }
	url, method := []string{"u", origin + base}, []string{"method", "PUT"}
	sum := sha256.Sum256([]byte(body + " "))
	otherHash := []string{"payload", hex.EncodeToString(sum[:])}
	otherHost := []string{"u", "https://other.example" + base}
	signByOther := func(e *nest.Event) { e.Sig = newUser(t).sign(t, *e).Sig }
	for name, c := range map[string]struct {
		header string
		code   nest.Code
	}{
		"none":                  {"", nest.CodeAuthMissing},
		"another scheme":        {"Bearer abc", nest.CodeAuthScheme},
		"basic":                 {"Basic abc", nest.CodeAuthScheme},
		"no base64":             {"Nostr ***", nest.CodeAuthBase64},
		"no event":              {"Nostr ", nest.CodeAuthBase64},
		"no JSON":               {"Nostr " + base64.StdEncoding.EncodeToString([]byte("{{")), nest.CodeAuthJSON},
		"a JSON list":           {"Nostr " + base64.StdEncoding.EncodeToString([]byte("[]")), nest.CodeAuthJSON},
		"an empty object":       {"Nostr " + base64.StdEncoding.EncodeToString([]byte("{}")), nest.CodeAuthJSON},
		"kind 1":                {signed(func(e *nest.Event) { e.Kind = 1 }), nest.CodeAuthKind},
		"61 s old":              {signed(func(e *nest.Event) { e.CreatedAt -= 61 }), nest.CodeAuthTime},
		"61 s ahead":            {signed(func(e *nest.Event) { e.CreatedAt += 61 }), nest.CodeAuthTime},
		"no u":                  {signed(tags(method)), nest.CodeAuthURLCount},
		"two u":                 {signed(tags(url, url, method)), nest.CodeAuthURLCount},
		"another path":          {signed(tags([]string{"u", origin + base + "/x"}, method)), nest.CodeAuthURL},
		"an extra slash":        {signed(tags([]string{"u", origin + base + "/"}, method)), nest.CodeAuthURL},
		"an extra query":        {signed(tags([]string{"u", origin + base + "?a=1"}, method)), nest.CodeAuthURL},
		"http for https":        {signed(tags([]string{"u", "http://nests.example" + base}, method)), nest.CodeAuthURL},
		"another host":          {signed(tags(otherHost, method)), nest.CodeAuthURL},
		"the Host header":       {signed(tags([]string{"u", "http://example.com" + base}, method)), nest.CodeAuthURL},
		"no method":             {signed(tags(url)), nest.CodeAuthMethodCount},
		"two methods":           {signed(tags(url, method, method)), nest.CodeAuthMethodCount},
		"another method":        {signed(tags(url, []string{"method", "POST"})), nest.CodeAuthMethod},
		"another body's hash":   {signed(tags(url, method, otherHash)), nest.CodeAuthPayload},
		"an empty hash":         {signed(tags(url, method, []string{"payload", ""})), nest.CodeAuthPayload},
		"another id":            {forged(func(e *nest.Event) { e.ID = strings.Repeat("0", 64) }), nest.CodeAuthID},
		"another content":       {forged(func(e *nest.Event) { e.Content = "x" }), nest.CodeAuthID},
		"another's pubkey":      {forged(func(e *nest.Event) { e.PubKey = newUser(t).pubkey }), nest.CodeAuthID},
		"another's signature":   {forged(signByOther), nest.CodeAuthSignature},
		"an oversized header":   {"Nostr " + strings.Repeat("A", 20_000), nest.CodeAuthBase64},
		"an upper-case id":      {forged(func(e *nest.Event) { e.ID = strings.ToUpper(e.ID) }), nest.CodeAuthJSON},
		"a NUL in a tag's name": {signed(tags([]string{"u\x00", origin + base}, method)), nest.CodeAuthURLCount},
	} {
		t.Run(name, func(t *testing.T) {
			headers := map[string]string{"Authorization": c.header}
			got := r.do(t, call{method: "PUT", path: base, body: body, header: headers})
			if got.status != http.StatusUnauthorized || got.code() != string(c.code) {
				t.Fatalf("%d %s, want 401 %s", got.status, got.text, c.code)
			}
			if got.str("hint") == "" || got.header.Get("WWW-Authenticate") != "Nostr" {
				t.Errorf("hint or challenge is missing: %s %v", got.text, got.header)
			}
			if server, _ := got.json["server_time"].(float64); int64(server) != r.clock.Load() {
				t.Errorf("server_time is %v, want %d", got.json["server_time"], r.clock.Load())
			}
		})
	}
	if got := r.do(t, call{method: "GET", path: base}); len(got.json["nests"].([]any)) != 0 {
		t.Errorf("a refused create created a nest: %s", got.text)
	}
}

func TestAuthAccepts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	id := r.create(t, host, "")
	path := base + "/" + id
	body := `{"force":false}`
	sum := sha256.Sum256([]byte(body))
	hash := []string{"payload", hex.EncodeToString(sum[:])}
	signed := func(method, url string, more ...[]string) map[string]string {
		return authHeader(r.authEvent(t, host, method, url, append(more, []string{"client", "x"})...))
	}
	urlAlphabet := strings.NewReplacer("+", "-", "/", "_", "=", "", "Nostr ", "nostr ")
	encodedForURLs := map[string]string{
		"Authorization": urlAlphabet.Replace(header(r.authEvent(t, host, "GET", origin+path, []string{"nonce", "1"}))),
	}
	for name, q := range map[string]call{
		"a slash at the end": {method: "GET", path: path + "/"},
		"a query":            {method: "GET", path: path + "?a=%41&b"},
		"the doubled base":   {method: "GET", path: base + path},
		"base and slash":     {method: "GET", path: base + path + "/"},
		"HEAD":               {method: "HEAD", path: path},
		"an encoded path":    {method: "GET", path: strings.Replace(path, "-", "%2D", 1)},
		"the second origin":  {method: "GET", path: path, header: signed("GET", "http://127.0.0.1:5544"+path)},
		"URL alphabet":       {method: "GET", path: path, header: encodedForURLs},
		"the body's hash": {
			method: "POST",
			path:   path + "/restart",
			body:   body,
			header: signed("POST", origin+path+"/restart", hash),
		},
		"no hash of the body": {method: "POST", path: path + "/restart", body: body},
	} {
		t.Run(name, func(t *testing.T) {
			q.as = host
			if got := r.do(t, q); got.status != http.StatusOK {
				t.Errorf("%d %s", got.status, got.text)
			}
		})
	}
}

func TestAuthIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	path := base + "/" + r.create(t, host, "")
	again := map[string]string{"Authorization": r.auth(t, host, "GET", path)}
	var accepted, replayed int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got := r.do(t, call{method: "GET", path: path, header: again})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case got.status == http.StatusOK:
				accepted++
			case got.code() == string(nest.CodeAuthReplayed):
				replayed++
			}
		})
	}
	all.Wait()
	if accepted != 1 || replayed != 49 {
		t.Fatalf("of 50 copies %d were accepted and %d refused as replays", accepted, replayed)
	}
	shareDatabase := func(node *rig) { node.Auth, node.service.Store = r.database, r.database }
	other := newRig(t, shareDatabase)
	other.clock.Store(r.clock.Load())
	if got := other.do(t, call{method: "GET", path: path, header: again}); got.code() != string(nest.CodeAuthReplayed) {
		t.Errorf("another node answered %d %s", got.status, got.text)
	}
}

// A signer can sign the same event twice with different signatures. These are two requests.
func TestAuthAcceptsSameEventWithAnotherSignature(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	path := base + "/" + r.create(t, host, "")
	e := r.authEvent(t, host, "GET", origin+path)
	twin := resigned(t, host, e)
	if twin.Sig == e.Sig || twin.ID != e.ID {
		t.Fatal("the events must differ in their signature only")
	}
	for _, event := range []nest.Event{e, twin} {
		if got := r.do(t, call{method: "GET", path: path, header: authHeader(event)}); got.status != http.StatusOK {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
}

// A forged request must not use up the limits of its victim.
func TestAuthForgeryDoesNotCountForVictim(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.RateLimits = true })
	host := newUser(t)
	path := base + "/" + r.create(t, host, "")
	e := r.authEvent(t, host, "GET", origin+path)
	forged := e
	forged.Sig = newUser(t).sign(t, e).Sig
	for range 200 {
		got := r.do(t, call{method: "GET", path: path, header: authHeader(forged)})
		if got.status != http.StatusUnauthorized {
			t.Fatalf("%d %s", got.status, got.text)
		}
	}
	if got := r.do(t, call{method: "GET", path: path, header: authHeader(e)}); got.status != http.StatusOK {
		t.Errorf("the victim's own request: %d %s", got.status, got.text)
	}
}

func TestURIAsSent(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/a%2Db/?x=%41&y":                "/a%2Db/?x=%41&y",
		"http://proxy.example/a/b?x=%41": "/a/b?x=%41",
	} {
		if got := uriAsSent(httptest.NewRequest("GET", target, nil)); got != want {
			t.Errorf("the URI of %s is %s, want %s", target, got, want)
		}
	}
}

// A request signed 60 s ahead of the server's clock is valid for two minutes, and must be remembered as long.
func TestAuthIsRememberedWhileItIsValid(t *testing.T) {
	t.Parallel()
	store := &recordingAuthStore{}
	r := newRig(t, func(r *rig) { store.AuthStore, r.Auth = r.Auth, store })
	host := newUser(t)
	path := base + "/" + r.create(t, host, "")
	ahead := host.sign(t, nest.Event{
		Kind:      nip.KindAuth,
		CreatedAt: r.clock.Load()/1000 + 60,
		Tags:      [][]string{{"u", origin + path}, {"method", "GET"}},
	})
	use := call{method: "GET", path: path, header: authHeader(ahead)}
	r.must(t, use)
	if least := r.clock.Load() + (2 * nip.AuthWindow).Milliseconds() + 1000; store.expires < least {
		t.Errorf("remembered for %d ms less than it is valid", least-store.expires)
	}
	r.advance(119 * time.Second)
	if got := r.do(t, use); got.code() != string(nest.CodeAuthReplayed) {
		t.Errorf("used again after 119 s: %d %s", got.status, got.text)
	}
	r.advance(2 * time.Second)
	if got := r.do(t, use); got.code() != string(nest.CodeAuthTime) {
		t.Errorf("used again after 121 s: %d %s", got.status, got.text)
	}
}

// recordingAuthStore records when the last key expires.
type recordingAuthStore struct {
	AuthStore
	expires int64
}

func (r *recordingAuthStore) UseAuth(ctx context.Context, key string, expires int64) (bool, error) {
	r.expires = expires
	return r.AuthStore.UseAuth(ctx, key, expires)
}

// resigned signs the same event again with another nonce, as most signers do.
func resigned(t *testing.T, u user, e nest.Event) nest.Event {
	t.Helper()
	secret, err := hex.DecodeString(u.secret)
	if err != nil {
		t.Fatal(err)
	}
	id, err := hex.DecodeString(e.ID)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := btcec.PrivKeyFromBytes(secret)
	signature, err := schnorr.Sign(key, id, schnorr.CustomNonce(sha256.Sum256([]byte(e.Sig))))
	if err != nil {
		t.Fatal(err)
	}
	e.Sig = hex.EncodeToString(signature.Serialize())
	return e
}
