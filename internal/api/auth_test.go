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
	host, body := newPerson(t), `{"hls_stream":false}`
	now := r.clock.Load() / 1000
	signed := func(change func(*nest.Event)) string {
		e := nest.Event{Kind: nip.KindAuth, CreatedAt: now, Tags: [][]string{{"u", origin + base}, {"method", "PUT"}}}
		change(&e)
		return header(host.sign(t, e))
	}
	forged := func(change func(*nest.Event)) string {
		e := host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: now, Tags: [][]string{{"u", origin + base}, {"method", "PUT"}}})
		change(&e)
		return header(e)
	}
	tags := func(tags ...[]string) func(*nest.Event) { return func(e *nest.Event) { e.Tags = tags } }
	url, method := []string{"u", origin + base}, []string{"method", "PUT"}
	sum := sha256.Sum256([]byte(body + " "))
	for name, c := range map[string]struct {
		header string
		code   nest.Code
	}{
		"none":                  {"", nest.CodeAuthMissing},
		"another scheme":        {"Bearer abc", nest.CodeAuthScheme},
		"basic":                 {"Basic abc", nest.CodeAuthScheme},
		"no base64":             {"Nostr ***", nest.CodeAuthBase64},
		"nothing after it":      {"Nostr ", nest.CodeAuthBase64},
		"no JSON":               {"Nostr " + base64.StdEncoding.EncodeToString([]byte("{{")), nest.CodeAuthJSON},
		"a JSON list":           {"Nostr " + base64.StdEncoding.EncodeToString([]byte("[]")), nest.CodeAuthJSON},
		"an empty object":       {"Nostr " + base64.StdEncoding.EncodeToString([]byte("{}")), nest.CodeAuthJSON},
		"kind 1":                {signed(func(e *nest.Event) { e.Kind = 1 }), nest.CodeAuthKind},
		"61 s old":              {signed(func(e *nest.Event) { e.CreatedAt -= 61 }), nest.CodeAuthTime},
		"61 s ahead":            {signed(func(e *nest.Event) { e.CreatedAt += 61 }), nest.CodeAuthTime},
		"no u":                  {signed(tags(method)), nest.CodeAuthURLCount},
		"two u":                 {signed(tags(url, url, method)), nest.CodeAuthURLCount},
		"another path":          {signed(tags([]string{"u", origin + base + "/x"}, method)), nest.CodeAuthURL},
		"a slash more":          {signed(tags([]string{"u", origin + base + "/"}, method)), nest.CodeAuthURL},
		"a query more":          {signed(tags([]string{"u", origin + base + "?a=1"}, method)), nest.CodeAuthURL},
		"http for https":        {signed(tags([]string{"u", "http://nests.example" + base}, method)), nest.CodeAuthURL},
		"another host":          {signed(tags([]string{"u", "https://other.example" + base}, method)), nest.CodeAuthURL},
		"the Host header's":     {signed(tags([]string{"u", "http://example.com" + base}, method)), nest.CodeAuthURL},
		"no method":             {signed(tags(url)), nest.CodeAuthMethodCount},
		"two methods":           {signed(tags(url, method, method)), nest.CodeAuthMethodCount},
		"another method":        {signed(tags(url, []string{"method", "POST"})), nest.CodeAuthMethod},
		"another body's hash":   {signed(tags(url, method, []string{"payload", hex.EncodeToString(sum[:])})), nest.CodeAuthPayload},
		"an empty hash":         {signed(tags(url, method, []string{"payload", ""})), nest.CodeAuthPayload},
		"another id":            {forged(func(e *nest.Event) { e.ID = strings.Repeat("0", 64) }), nest.CodeAuthID},
		"another content":       {forged(func(e *nest.Event) { e.Content = "x" }), nest.CodeAuthID},
		"another's pubkey":      {forged(func(e *nest.Event) { e.PubKey = newPerson(t).pubkey }), nest.CodeAuthID},
		"another's signature":   {forged(func(e *nest.Event) { e.Sig = newPerson(t).sign(t, *e).Sig }), nest.CodeAuthSignature},
		"a header without end":  {"Nostr " + strings.Repeat("A", 20_000), nest.CodeAuthBase64},
		"no lower-case hex id":  {forged(func(e *nest.Event) { e.ID = strings.ToUpper(e.ID) }), nest.CodeAuthJSON},
		"a NUL in a tag's name": {signed(tags([]string{"u\x00", origin + base}, method)), nest.CodeAuthURLCount},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do(t, ask{method: "PUT", path: base, body: body, header: map[string]string{"Authorization": c.header}})
			if got.status != http.StatusUnauthorized || got.code() != string(c.code) {
				t.Fatalf("%d %s, want 401 %s", got.status, got.text, c.code)
			}
			if got.str("hint") == "" || got.header.Get("WWW-Authenticate") != "Nostr" {
				t.Errorf("no hint or challenge: %s %v", got.text, got.header)
			}
			if server, _ := got.json["server_time"].(float64); int64(server) != r.clock.Load() {
				t.Errorf("server_time is %v, want %d", got.json["server_time"], r.clock.Load())
			}
		})
	}
	if got := r.do(t, ask{method: "GET", path: base}); len(got.json["nests"].([]any)) != 0 {
		t.Errorf("a refused create left a nest: %s", got.text)
	}
}

func TestAuthAccepts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	id := r.create(t, host, "")
	path := base + "/" + id
	body := `{"force":false}`
	sum := sha256.Sum256([]byte(body))
	event := func(method, url string, more ...[]string) nest.Event {
		return host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: r.clock.Load() / 1000,
			Tags: append([][]string{{"u", url}, {"method", method}, {"client", "x"}}, more...)})
	}
	raw := func(e nest.Event) string {
		return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(strings.TrimPrefix(header(e), "Nostr "))
	}
	for name, q := range map[string]ask{
		"a slash at the end":  {method: "GET", path: path + "/"},
		"a query":             {method: "GET", path: path + "?a=%41&b"},
		"the doubled base":    {method: "GET", path: base + path},
		"both":                {method: "GET", path: base + path + "/"},
		"HEAD":                {method: "HEAD", path: path},
		"an encoded path":     {method: "GET", path: strings.Replace(path, "-", "%2D", 1)},
		"our other origin":    {method: "GET", path: path, header: map[string]string{"Authorization": header(event("GET", "http://127.0.0.1:5544"+path))}},
		"URL alphabet":        {method: "GET", path: path, header: map[string]string{"Authorization": "nostr " + raw(event("GET", origin+path, []string{"nonce", "1"}))}},
		"the body's hash":     {method: "POST", path: path + "/restart", body: body, header: map[string]string{"Authorization": header(event("POST", origin+path+"/restart", []string{"payload", hex.EncodeToString(sum[:])}))}},
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
	host := newPerson(t)
	path := base + "/" + r.create(t, host, "")
	again := map[string]string{"Authorization": r.auth(t, host, "GET", path)}
	var accepted, replayed int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got := r.do(t, ask{method: "GET", path: path, header: again})
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
	other := newRig(t, func(node *rig) { node.Auth, node.service.Store = r.database, r.database }) // shares the database
	other.clock.Store(r.clock.Load())
	if got := other.do(t, ask{method: "GET", path: path, header: again}); got.code() != string(nest.CodeAuthReplayed) {
		t.Errorf("another node says %d %s", got.status, got.text)
	}
}

// A signer that adds randomness to its signatures makes twins of the same second: another signature is another request.
func TestAuthTwinOfTheSameSecond(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	path := base + "/" + r.create(t, host, "")
	e := host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: r.clock.Load() / 1000, Tags: [][]string{{"u", origin + path}, {"method", "GET"}}})
	twin := resigned(t, host, e)
	if twin.Sig == e.Sig || twin.ID != e.ID {
		t.Fatal("not a twin")
	}
	for _, event := range []nest.Event{e, twin} {
		if got := r.do(t, ask{method: "GET", path: path, header: map[string]string{"Authorization": header(event)}}); got.status != http.StatusOK {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
}

// A refused request must not use up anything of the key it names.
func TestAuthForgeryCostsTheVictimNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.RateLimits = true })
	host := newPerson(t)
	path := base + "/" + r.create(t, host, "")
	e := host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: r.clock.Load() / 1000, Tags: [][]string{{"u", origin + path}, {"method", "GET"}}})
	forged := e
	forged.Sig = newPerson(t).sign(t, e).Sig
	for range 200 {
		if got := r.do(t, ask{method: "GET", path: path, header: map[string]string{"Authorization": header(forged)}}); got.status != http.StatusUnauthorized {
			t.Fatalf("%d %s", got.status, got.text)
		}
	}
	if got := r.do(t, ask{method: "GET", path: path, header: map[string]string{"Authorization": header(e)}}); got.status != http.StatusOK {
		t.Errorf("the real one: %d %s", got.status, got.text)
	}
}

func TestUriAsSent(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/a%2Db/?x=%41&y":                "/a%2Db/?x=%41&y",
		"http://proxy.example/a/b?x=%41": "/a/b?x=%41",
	} {
		if got := uriAsSent(httptest.NewRequest("GET", target, nil)); got != want {
			t.Errorf("%s was sent as %s, want %s", target, got, want)
		}
	}
}

// A request signed 60 s ahead of our clock stays valid for two minutes, and must be remembered as long.
func TestAuthIsRememberedAsLongAsItIsValid(t *testing.T) {
	t.Parallel()
	remembered := &remembering{}
	r := newRig(t, func(r *rig) { remembered.AuthStore, r.Auth = r.Auth, remembered })
	host := newPerson(t)
	path := base + "/" + r.create(t, host, "")
	ahead := header(host.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: r.clock.Load()/1000 + 60, Tags: [][]string{{"u", origin + path}, {"method", "GET"}}}))
	use := ask{method: "GET", path: path, header: map[string]string{"Authorization": ahead}}
	r.must(t, use)
	if least := r.clock.Load() + (2 * nip.AuthWindow).Milliseconds() + 1000; remembered.until < least {
		t.Errorf("remembered for %d ms less than it is valid", least-remembered.until)
	}
	r.pass(119 * time.Second)
	if got := r.do(t, use); got.code() != string(nest.CodeAuthReplayed) {
		t.Errorf("used again after 119 s: %d %s", got.status, got.text)
	}
	r.pass(2 * time.Second)
	if got := r.do(t, use); got.code() != string(nest.CodeAuthTime) {
		t.Errorf("used again after 121 s: %d %s", got.status, got.text)
	}
}

// remembering notes until when the last key is to be kept.
type remembering struct {
	AuthStore
	until int64
}

func (r *remembering) UseAuth(ctx context.Context, key string, expires int64) (bool, error) {
	r.until = expires
	return r.AuthStore.UseAuth(ctx, key, expires)
}

// resigned signs the same event again with other randomness, as most signers do.
func resigned(t *testing.T, p person, e nest.Event) nest.Event {
	t.Helper()
	secret, err := hex.DecodeString(p.secret)
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
