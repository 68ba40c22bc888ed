package diagnose

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	someID = "970ac212-48a8-4016-9ac4-6ab550f9a6d2"
	origin = "https://nests.example"
)

var (
	refusedConn = answer{err: &url.Error{Op: "Get", URL: origin, Err: errors.New("connection refused")}}
	hangs       = answer{err: &url.Error{Op: "Get", URL: origin, Err: context.DeadlineExceeded}}
	html        = answer{status: 200}
	html404     = answer{status: 404}
	html502     = answer{status: 502}
	health      = jsonAnswer(200, map[string]any{"status": "healthy"})
	config      = jsonAnswer(200, map[string]any{"public_urls": []any{origin}})
	info        = jsonAnswer(200, map[string]any{"host": "aa", "speakers": []any{}})
	token       = jsonAnswer(200, map[string]any{"token": "x"})
	notFound    = jsonAnswer(404, map[string]any{"error": "Room not found"})
	unknownNest = refusal(404, "nest_not_found")
	endedNest   = refusal(404, "nest_ended")
)

// jsonAnswer is an answer with a JSON body.
func jsonAnswer(status int, body map[string]any) answer {
	a := answer{status: status, body: body}
	a.code, _ = body["code"].(string)
	a.text, _ = body["error"].(string)
	return a
}

// refusal is an error answer of the API.
func refusal(status int, code string) answer {
	return jsonAnswer(status, map[string]any{"code": code, "error": "It refuses."})
}

// observed is the observation of one nest, as Outside.observe makes it.
func observed(health, config, info, guest answer) observation {
	s := observation{
		subject:        &Subject{ID: someID},
		health:         health,
		config:         config,
		info:           info,
		guest:          guest,
		relay:          passed("", nil),
		relaysAnswered: 1,
	}
	s.info.request, s.guest.request = "GET info", "GET guest"
	s.health.requiredText, s.info.requiredText, s.guest.requiredText = "status", "host", "token"
	return s
}

func TestScenarios(t *testing.T) {
	noID := observed(health, config, unknownNest, unknownNest)
	noID.subject = &Subject{ID: "coffee"}
	for _, test := range []struct {
		name   string
		seen   observation
		want   Code
		letter string
	}{
		{"all is well", observed(health, config, info, token), Healthy, ""},
		{"another implementation, which has no config", observed(health, notFound, info, token), Healthy, ""},
		{"the proxy does not forward /health", observed(html404, config, info, token), Healthy, ""},
		{"A: info knows the room, guest does not", observed(health, notFound, info, notFound), Unexplained, "A"},
		{"A: the same with HTML pages", observed(health, notFound, info, html404), Unexplained, "A"},
		{"A: no token, a server error", observed(health, notFound, info, html502), Unexplained, "A"},
		{
			name:   "A: its media server does not answer",
			seen:   observed(health, config, info, refusal(503, "media_unavailable")),
			want:   MediaDown,
			letter: "A",
		},
		{
			name:   "A: its database does not answer",
			seen:   observed(health, config, info, refusal(503, "store_unavailable")),
			want:   StoreDown,
			letter: "A",
		},
		{"A: it admits no guests", observed(health, config, info, refusal(403, "guests_not_allowed")), GuestsOff, "A"},
		{"A: full", observed(health, config, info, refusal(503, "nest_full")), Full, "A"},
		{"A: planned", observed(health, config, info, refusal(403, "nest_not_started")), NotStarted, "A"},
		{"B: the room is unknown", observed(health, notFound, notFound, notFound), UnknownNest, "B"},
		{"B: with the error code of the API", observed(health, config, unknownNest, unknownNest), UnknownNest, "B"},
		{"B: with HTML pages", observed(health, html404, html404, html404), UnknownNest, "B"},
		{
			name:   "B: and the proxy does not forward /health",
			seen:   observed(html404, config, unknownNest, unknownNest),
			want:   UnknownNest,
			letter: "B",
		},
		{"C: everything is 404", observed(notFound, notFound, notFound, notFound), WrongAPIBase, "C"},
		{"C: everything is a 404 page", observed(html404, html404, html404, html404), WrongAPIBase, "C"},
		{"C: everything is a page", observed(html, html, html, html), WrongAPIBase, "C"},
		{"C: everything is a page, but for 404", observed(html, html, html404, html404), WrongAPIBase, "C"},
		{"C: a proxy without a server", observed(html502, html502, html502, html502), WrongAPIBase, "C"},
		{"C: nothing answers", observed(refusedConn, refusedConn, refusedConn, refusedConn), WrongAPIBase, "C"},
		{"C: the server hangs", observed(hangs, hangs, hangs, hangs), WrongAPIBase, "C"},
		{
			name:   "C: JSON of another program",
			seen:   observed(jsonAnswer(200, map[string]any{"ok": true}), notFound, notFound, notFound),
			want:   WrongAPIBase,
			letter: "C",
		},
		{"C: the id is malformed", noID, WrongRoomID, "C"},
		{"ended", observed(health, config, endedNest, endedNest), Ended, ""},
		{"private", observed(health, config, refusal(403, "nest_private"), refusal(403, "nest_private")), Private, ""},
		{"one endpoint hangs", observed(health, config, hangs, token), Unexplained, ""},
	} {
		v := verdictOf(test.seen)
		if v.Code != test.want || v.Scenario != test.letter {
			t.Errorf("%s: %s %q, want %s %q (%s)", test.name, v.Code, v.Scenario, test.want, test.letter, v.Cause)
		}
	}
}

func verdictOf(s observation) Verdict { return s.conclude(s.checks(origin)) }

// Each error code for a signed request leads to one verdict.
func TestEveryRefusalOfASignedRequest(t *testing.T) {
	for code, want := range map[string]Code{
		"auth_time": ClockSkew, "auth_url": PublicURL, "auth_replayed": Replayed,
		"auth_signature": BadSignature, "auth_id": BadSignature, "auth_json": BadSignature, "auth_base64": BadSignature,
		"auth_kind": BadSignature, "auth_method": BadSignature, "auth_payload": BadSignature,
		"auth_url_count": BadSignature, "auth_method_count": BadSignature, "auth_scheme": BadSignature,
		"auth_missing": BadSignature, "": BadSignature,
	} {
		s := observed(health, config, info, token)
		s.member = refusal(401, code)
		s.member.request = "GET member"
		if v := verdictOf(s); v.Code != want {
			t.Errorf("%q became %s, want %s", code, v.Code, want)
		}
	}
	for code, want := range map[string]Code{"banned": Banned, "nest_private": Private, "nest_full": Full} {
		s := observed(health, config, info, token)
		s.member = refusal(403, code)
		s.member.request = "GET member"
		if v := verdictOf(s); v.Code != want || v.Side != noSide {
			t.Errorf("%q became %s of %s, want %s", code, v.Code, v.Side, want)
		}
	}
}

func TestClockAndAddress(t *testing.T) {
	now := time.Unix(1764160000, 0)
	for _, test := range []struct {
		name string
		off  time.Duration
		urls []any
		want Code
	}{
		{"both match", 0, []any{"https://other.example", origin}, Healthy},
		{"a little behind", 50 * time.Second, []any{origin}, Healthy},
		{"ten minutes behind", 10 * time.Minute, []any{origin}, ClockSkew},
		{"ten minutes ahead", -10 * time.Minute, []any{origin}, ClockSkew},
		{"another address", 0, []any{"http://localhost:5544"}, PublicURL},
		{"no address", 0, []any{}, PublicURL},
		{"both", 10 * time.Minute, []any{"http://localhost:5544"}, ClockSkew},
	} {
		h := health
		h.at, h.date = now, now.Add(-test.off)
		config := jsonAnswer(200, map[string]any{"public_urls": test.urls})
		if v := verdictOf(observed(h, config, info, token)); v.Code != test.want {
			t.Errorf("%s: %s, want %s", test.name, v.Code, test.want)
		}
	}
}

// The newest event is compared with the server's answers about the same nest.
func TestEventAgainstServer(t *testing.T) {
	secret := nip.NewKey()
	host, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	space := func(service, status string) nest.Event {
		e := nest.Event{
			Kind:      nest.KindSpace,
			CreatedAt: 1764160000,
			Tags:      [][]string{{"d", someID}, {"service", service}, {"status", status}},
		}
		if err := nip.Sign(secret, &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	ours := jsonAnswer(200, map[string]any{"host": host})
	for _, test := range []struct {
		name   string
		info   answer
		event  nest.Event
		linked string // host in the link
		want   Code
	}{
		{"they agree", ours, space(origin+"/api/v1/nests", "open"), host, Healthy},
		{"it names another server", ours, space("https://other.example", "open"), host, WrongServer},
		{
			name:   "it names another server, and this one does not know it",
			info:   unknownNest,
			event:  space("https://other.example", "open"),
			linked: host,
			want:   WrongServer,
		},
		{"the server has lost the nest", unknownNest, space(origin, "open"), host, OrphanSpace},
		{"the server has it under another host", info, space(origin, "open"), host, IDMismatch},
		{"it still has the status open", endedNest, space(origin, "open"), host, Ended},
		{"it is malformed", ours, nest.Event{Kind: nest.KindSpace}, host, IDMismatch},
	} {
		s := observed(health, config, test.info, token)
		if !test.info.ok() {
			s.guest = test.info
			s.guest.request = "GET guest"
		}
		s.subject.Host, s.spaces = test.linked, []nest.Event{test.event}
		if v := verdictOf(s); v.Code != test.want {
			t.Errorf("%s: %s, want %s (%s)", test.name, v.Code, test.want, v.Cause)
		}
	}
}

func TestSubject(t *testing.T) {
	secret := nip.NewKey()
	host, _ := nip.PublicKey(secret)
	naddr := nip.Address{Kind: nest.KindSpace, Pubkey: host, D: someID, Relays: []string{"wss://a.example"}}.Naddr()
	links := []string{
		naddr, "nostr:" + naddr, "https://nests.example/" + naddr, "https://nests.example/n/" + naddr + "/",
	}
	for _, text := range links {
		if s := ParseSubject(text); s.ID != someID || s.Host != host || len(s.Relays) != 1 {
			t.Errorf("%s: %+v", text, s)
		}
	}
	for _, text := range []string{someID, "https://nests.example/" + someID + "/"} {
		if s := ParseSubject(text); s.ID != someID || s.Host != "" {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

// No combination of malformed answers is healthy or makes the doctor fail.
func TestMalformedAnswers(t *testing.T) {
	wrongTypes := map[string]any{"status": 3, "public_urls": "x", "host": []any{}, "relay": 1}
	malformed := []answer{
		{}, html, html404, html502, hangs, jsonAnswer(200, wrongTypes),
		jsonAnswer(http.StatusTeapot, map[string]any{"code": "strange", "error": "\x1b[2J"}),
		refusal(401, "x"), refusal(429, "too_many_requests"),
	}
	for _, h := range malformed {
		for _, c := range malformed {
			for _, i := range malformed {
				for _, g := range malformed {
					if v := verdictOf(observed(h, c, i, g)); v.Code == Healthy {
						t.Fatalf("healthy: %+v %+v %+v %+v", h, c, i, g)
					}
				}
			}
		}
	}
}
