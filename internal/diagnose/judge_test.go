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
	health      = saying(200, map[string]any{"status": "healthy"})
	config      = saying(200, map[string]any{"public_urls": []any{origin}})
	info        = saying(200, map[string]any{"host": "aa", "speakers": []any{}})
	token       = saying(200, map[string]any{"token": "x"})
	notFound    = saying(404, map[string]any{"error": "Room not found"})
	unknownNest = refusing(404, "nest_not_found")
	endedNest   = refusing(404, "nest_ended")
)

// saying is an answer in JSON.
func saying(status int, body map[string]any) answer {
	a := answer{status: status, body: body}
	a.code, _ = body["code"].(string)
	a.text, _ = body["error"].(string)
	return a
}

func refusing(status int, code string) answer {
	return saying(status, map[string]any{"code": code, "error": "It refuses."})
}

// seeing is what was seen of a nest, as look would have put it together.
func seeing(health, config, info, guest answer) sight {
	s := sight{subject: &Subject{ID: someID}, health: health, config: config, info: info, guest: guest, relay: fine("", nil), asked: 1}
	s.info.asked, s.guest.asked = "GET info", "GET guest"
	s.health.field, s.info.field, s.guest.field = "status", "host", "token"
	return s
}

func TestScenarios(t *testing.T) {
	noID := seeing(health, config, unknownNest, unknownNest)
	noID.subject = &Subject{ID: "coffee"}
	for _, test := range []struct {
		name   string
		seen   sight
		want   Code
		letter string
	}{
		{"all is well", seeing(health, config, info, token), Healthy, ""},
		{"another of the family, which has no config", seeing(health, notFound, info, token), Healthy, ""},
		{"health is not passed on", seeing(html404, config, info, token), Healthy, ""},
		{"A: the room is known, guests are told it is not", seeing(health, notFound, info, notFound), Unexplained, "A"},
		{"A: the same as a page", seeing(health, notFound, info, html404), Unexplained, "A"},
		{"A: no token, a server error", seeing(health, notFound, info, html502), Unexplained, "A"},
		{"A: its media server does not answer", seeing(health, config, info, refusing(503, "media_unavailable")), MediaDown, "A"},
		{"A: its database does not answer", seeing(health, config, info, refusing(503, "store_unavailable")), StoreDown, "A"},
		{"A: it admits no guests", seeing(health, config, info, refusing(403, "guests_not_allowed")), GuestsOff, "A"},
		{"A: full", seeing(health, config, info, refusing(503, "nest_full")), Full, "A"},
		{"A: planned", seeing(health, config, info, refusing(403, "nest_not_started")), NotStarted, "A"},
		{"B: nobody knows the room", seeing(health, notFound, notFound, notFound), UnknownNest, "B"},
		{"B: and it says so with our code", seeing(health, config, unknownNest, unknownNest), UnknownNest, "B"},
		{"B: as pages", seeing(health, html404, html404, html404), UnknownNest, "B"},
		{"B: and health is not passed on", seeing(html404, config, unknownNest, unknownNest), UnknownNest, "B"},
		{"C: everything is 404", seeing(notFound, notFound, notFound, notFound), WrongAPIBase, "C"},
		{"C: everything is a 404 page", seeing(html404, html404, html404, html404), WrongAPIBase, "C"},
		{"C: everything is a page", seeing(html, html, html, html), WrongAPIBase, "C"},
		{"C: everything is a page, but for 404", seeing(html, html, html404, html404), WrongAPIBase, "C"},
		{"C: a proxy without a server", seeing(html502, html502, html502, html502), WrongAPIBase, "C"},
		{"C: nothing answers", seeing(refusedConn, refusedConn, refusedConn, refusedConn), WrongAPIBase, "C"},
		{"C: it hangs", seeing(hangs, hangs, hangs, hangs), WrongAPIBase, "C"},
		{"C: what answers is JSON of something else", seeing(saying(200, map[string]any{"ok": true}), notFound, notFound, notFound), WrongAPIBase, "C"},
		{"C: the id is none", noID, WrongRoomID, "C"},
		{"ended", seeing(health, config, endedNest, endedNest), Ended, ""},
		{"private", seeing(health, config, refusing(403, "nest_private"), refusing(403, "nest_private")), Private, ""},
		{"one door hangs", seeing(health, config, hangs, token), Unexplained, ""},
	} {
		v := verdictOf(test.seen)
		if v.Code != test.want || v.Scenario != test.letter {
			t.Errorf("%s: %s %q, want %s %q (%s)", test.name, v.Code, v.Scenario, test.want, test.letter, v.Cause)
		}
	}
}

func verdictOf(s sight) Verdict { return s.conclude(s.checks(origin)) }

// What the API refuses a signed request with leads to the same verdict wherever it is asked.
func TestEveryRefusalOfASignedRequest(t *testing.T) {
	for code, want := range map[string]Code{
		"auth_time": ClockSkew, "auth_url": PublicURL, "auth_replayed": Replayed, "auth_signature": BadSignature, "auth_id": BadSignature,
		"auth_json": BadSignature, "auth_base64": BadSignature, "auth_kind": BadSignature, "auth_method": BadSignature, "auth_payload": BadSignature,
		"auth_url_count": BadSignature, "auth_method_count": BadSignature, "auth_scheme": BadSignature, "auth_missing": BadSignature, "": BadSignature,
	} {
		s := seeing(health, config, info, token)
		s.member = refusing(401, code)
		s.member.asked = "GET member"
		if v := verdictOf(s); v.Code != want {
			t.Errorf("%q became %s, want %s", code, v.Code, want)
		}
	}
	for code, want := range map[string]Code{"banned": Banned, "nest_private": Private, "nest_full": Full} {
		s := seeing(health, config, info, token)
		s.member = refusing(403, code)
		s.member.asked = "GET member"
		if v := verdictOf(s); v.Code != want || v.Side != NoSide {
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
		{"fits", 0, []any{"https://other.example", origin}, Healthy},
		{"a little late", 50 * time.Second, []any{origin}, Healthy},
		{"ten minutes behind", 10 * time.Minute, []any{origin}, ClockSkew},
		{"ten minutes ahead", -10 * time.Minute, []any{origin}, ClockSkew},
		{"another address", 0, []any{"http://localhost:5544"}, PublicURL},
		{"no address", 0, []any{}, PublicURL},
		{"both", 10 * time.Minute, []any{"http://localhost:5544"}, ClockSkew},
	} {
		h := health
		h.at, h.date = now, now.Add(-test.off)
		if v := verdictOf(seeing(h, saying(200, map[string]any{"public_urls": test.urls}), info, token)); v.Code != test.want {
			t.Errorf("%s: %s, want %s", test.name, v.Code, test.want)
		}
	}
}

// The event is compared with what the server says of the same nest.
func TestEventAgainstServer(t *testing.T) {
	secret := nip.NewKey()
	host, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	space := func(service, status string) nest.Event {
		e := nest.Event{Kind: nest.KindSpace, CreatedAt: 1764160000, Tags: [][]string{{"d", someID}, {"service", service}, {"status", status}}}
		if err := nip.Sign(secret, &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	ours := saying(200, map[string]any{"host": host})
	for _, test := range []struct {
		name   string
		info   answer
		event  nest.Event
		linked string // whom the link names
		want   Code
	}{
		{"they agree", ours, space(origin+"/api/v1/nests", "open"), host, Healthy},
		{"it names another server", ours, space("https://other.example", "open"), host, WrongServer},
		{"it names another server, and this one does not know it", unknownNest, space("https://other.example", "open"), host, WrongServer},
		{"the server lost it", unknownNest, space(origin, "open"), host, OrphanSpace},
		{"the server has it under another host", info, space(origin, "open"), host, IDMismatch},
		{"it still says open", endedNest, space(origin, "open"), host, Ended},
		{"it cannot be read", ours, nest.Event{Kind: nest.KindSpace}, host, IDMismatch},
	} {
		s := seeing(health, config, test.info, token)
		if !test.info.ok() {
			s.guest = test.info
			s.guest.asked = "GET guest"
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
	for _, text := range []string{naddr, "nostr:" + naddr, "https://nests.example/" + naddr, "https://nests.example/n/" + naddr + "/"} {
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

// Nothing that a server answers, however odd, makes the doctor call itself well or break.
func TestOddAnswers(t *testing.T) {
	odd := []answer{{}, html, html404, html502, hangs, saying(200, map[string]any{"status": 3, "public_urls": "x", "host": []any{}, "relay": 1}),
		saying(http.StatusTeapot, map[string]any{"code": "strange", "error": "\x1b[2J"}), refusing(401, "x"), refusing(429, "too_many_requests")}
	for _, h := range odd {
		for _, c := range odd {
			for _, i := range odd {
				for _, g := range odd {
					if v := verdictOf(seeing(h, c, i, g)); v.Code == Healthy {
						t.Fatalf("healthy: %+v %+v %+v %+v", h, c, i, g)
					}
				}
			}
		}
	}
}
