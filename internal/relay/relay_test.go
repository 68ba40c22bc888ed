package relay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/relay"
)

func TestPublishAndRead(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	writer, reader := r.dial(), r.dial()
	reader.send("REQ", "chat", map[string]any{"kinds": []int{1311}, "#a": []string{a}})
	reader.expect("EOSE", "chat")

	line := sign(t, listener, nest.Event{Kind: 1311, Content: "hello <b>\"there\"</b>", Tags: [][]string{{"a", a}}})
	writer.publish(line, "")
	reader.expect("EVENT", "chat", line)
	writer.publish(line, "duplicate: ")

	reader.send("REQ", "again", map[string]any{
		"ids": []string{line.ID},
	}, map[string]any{
		"authors": []string{line.PubKey},
	})
	got := reader.expect("EVENT", "again", line)
	data, err := json.Marshal(got[2])
	if err != nil {
		t.Fatal(err)
	}
	if e, err := nip.Parse(data); err != nil || nip.Verify(e) != nil {
		t.Fatalf("what came back does not verify: %s", data)
	}
	reader.expect("EOSE", "again") // matched by both filters, sent once

	reader.send("COUNT", "n", map[string]any{"kinds": []int{1311}, "#a": []string{a}})
	if got := reader.expect("COUNT", "n"); fmt.Sprint(got[2]) != "map[count:1]" {
		t.Fatal(got)
	}
	reader.send("CLOSE", "chat")
	reader.send("REQ", "none", map[string]any{"limit": 0})
	reader.expect("EOSE", "none")
	second := sign(t, listener, nest.Event{Kind: 1311, Content: "2", Tags: [][]string{{"a", a}}})
	writer.publish(second, "")
	seen := map[any]bool{}
	for range 2 { // "again" matches by author, "none" matches all; "chat" is closed
		seen[reader.expect("EVENT")[1]] = true
	}
	if !seen["again"] || !seen["none"] {
		t.Fatal(seen)
	}
}

// Published clients write chat with an naddr and its hints in the a tag. A filter by the coordinate matches it,
// stored and live.
func TestChatByNaddrIsFoundByCoordinate(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	address, err := nip.ParseAddress(a)
	if err != nil {
		t.Fatal(err)
	}
	address.Relays = []string{"wss://hint.example"}
	naddr := address.Naddr()
	writer, reader := r.dial(), r.dial()
	stored := sign(t, listener, nest.Event{Kind: 1311, Content: "stored", Tags: [][]string{{"a", naddr, "", "root"}}})
	writer.publish(stored, "")
	for i, values := range [][]string{{a}, {naddr}} {
		id := fmt.Sprint("by", i)
		reader.send("REQ", id, map[string]any{"kinds": []int{1311}, "#a": values})
		reader.expect("EVENT", id)
		reader.expect("EOSE", id)
		reader.send("CLOSE", id)
	}
	reader.send("REQ", "live", map[string]any{"kinds": []int{1311}, "#a": []string{a}, "limit": 0})
	reader.expect("EOSE", "live")
	writer.publish(sign(t, listener, nest.Event{Kind: 1311, Content: "live", Tags: [][]string{{"a", naddr}}}), "")
	reader.expect("EVENT", "live")
}

func TestSpaceIsStoredAndAppliedTogether(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	c := r.dial()
	first := sign(t, host, space("Morning coffee"))
	c.publish(first, "")
	if n := r.nest(); n.Title != "Morning coffee" || n.SpaceID != first.ID {
		t.Fatalf("the nest is %+v", n)
	}
	older := space("Yesterday")
	older.CreatedAt = time.Now().Unix() - 100
	c.publish(sign(t, host, older), "duplicate: a newer")
	c.publish(first, "duplicate: ")
	foreign := sign(t, otherKey, space("Hijacked"))
	c.publish(foreign, "") // another address: stored, never applied
	if n := r.nest(); n.Title != "Morning coffee" || n.SpaceID != first.ID {
		t.Fatalf("the nest is %+v", n)
	}
	ended := space("Evening tea", []string{"status", "closed"})
	ended.Tags[2] = []string{"status", "closed"}
	ended.CreatedAt = time.Now().Unix() + 1
	c.publish(sign(t, host, ended), "")
	if n := r.nest(); n.Status != nest.Ended || n.Title != "Evening tea" {
		t.Fatalf("the nest is %+v", n)
	}
}

func TestHostDeletesSpace(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	c := r.dial()
	e := sign(t, host, space("Morning coffee"))
	c.publish(e, "")
	c.publish(sign(t, otherKey, nest.Event{Kind: 5, Tags: [][]string{{"e", e.ID}, {"a", a}}}), "")
	if n := r.nest(); n.Status != nest.Live || n.SpaceID != e.ID {
		t.Fatalf("another user deleted it: %+v", n)
	}
	c.publish(sign(t, host, nest.Event{
		Kind:      5,
		CreatedAt: e.CreatedAt + 1,
		Tags:      [][]string{{"e", e.ID}, {"a", a}},
	}), "")
	if n := r.nest(); n.Status != nest.Ended || n.SpaceID != "" {
		t.Fatalf("the nest is %+v", n)
	}
	c.publish(e, "blocked: the author has deleted this event")
	c.send("REQ", "x", map[string]any{"kinds": []int{30312}})
	c.expect("EOSE", "x")
}

func TestDeletionOfOwnEvents(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	c := r.dial()
	mine := sign(t, listener, nest.Event{Kind: 1311, Content: "mine", Tags: [][]string{{"a", a}}})
	other := sign(t, otherKey, nest.Event{Kind: 1311, Content: "other", Tags: [][]string{{"a", a}}})
	c.publish(mine, "")
	c.publish(other, "")
	c.publish(sign(t, listener, nest.Event{
		Kind: 5,
		Tags: [][]string{{"e", mine.ID}, {"e", other.ID}, {"e", "junk"}, {"a", "junk"}, {"e"}},
	}), "")
	c.publish(mine, "blocked: ")
	c.send("REQ", "x", map[string]any{"kinds": []int{1311}})
	c.expect("EVENT", "x", other)
	c.expect("EOSE", "x")

	late := sign(t, listener, nest.Event{Kind: 1311, Content: "deleted before it came", Tags: [][]string{{"a", a}}})
	c.publish(sign(t, listener, nest.Event{Kind: 5, Tags: [][]string{{"e", late.ID}, {"a", a}}}), "")
	c.publish(late, "blocked: ")
}

func TestRefusals(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	c := r.dial()
	now := time.Now().Unix()
	forged := sign(t, listener, nest.Event{Kind: 1311, Tags: [][]string{{"a", a}}})
	forged.Sig = strings.Repeat("1", 128)
	changed := sign(t, listener, nest.Event{Kind: 1311, Tags: [][]string{{"a", a}}})
	changed.Content = "x"
	for name, test := range map[string]struct {
		event nest.Event
		want  string
	}{
		"forged signature": {forged, "invalid: "},
		"changed":          {changed, "invalid: "},
		"unknown kind":     {sign(t, listener, nest.Event{Kind: 30023, Tags: [][]string{{"a", a}}}), "blocked: "},
		"future": {
			event: sign(t, listener, nest.Event{Kind: 1311, CreatedAt: now + 1000, Tags: [][]string{{"a", a}}}),
			want:  "invalid: created_at",
		},
		"old chat": {
			event: sign(t, listener, nest.Event{Kind: 1311, CreatedAt: now - 90000, Tags: [][]string{{"a", a}}}),
			want:  "invalid: created_at",
		},
		"expired": {
			event: sign(t, listener, nest.Event{
				Kind: 1311,
				Tags: [][]string{{"a", a}, {"expiration", fmt.Sprint(now - 1)}},
			}),
			want: "invalid: the event has expired",
		},
		"unknown nest": {
			event: sign(t, listener, nest.Event{
				Kind: 1311,
				Tags: [][]string{{"a", strings.Replace(a, nestID, otherID, 1)}},
			}),
			want: "restricted: ",
		},
		"another's nest": {
			event: sign(t, listener, nest.Event{
				Kind: 1311,
				Tags: [][]string{{"a", "30312:" + publicKey(t, otherKey) + ":" + nestID}},
			}),
			want: "restricted: ",
		},
		"unknown author": {sign(t, otherKey, nest.Event{Kind: 1}), "restricted: "},
		"foreign space": {
			event: sign(t, otherKey, nest.Event{
				Kind: 30312,
				Tags: [][]string{{"d", otherID}, {"service", "https://other.example"}},
			}),
			want: "restricted: ",
		},
		"space without d": {
			event: sign(t, otherKey, nest.Event{Kind: 30312, Tags: [][]string{{"service", origin}}}),
			want:  "invalid: ",
		},
	} {
		t.Run(name, func(t *testing.T) { c.t = t; c.publish(test.event, test.want) })
	}
	c.t = t
	c.publish(sign(t, otherKey, nest.Event{
		Kind: 30312,
		Tags: [][]string{{"d", otherID}, {"service", origin}},
	}), "") // an orphan, adoptable
	for _, text := range []string{`x`, `{}`, `[]`, `[1]`, `["EVENT"]`, `["EVENT",1,2]`, `["NOPE"]`, `["AUTH"]`} {
		c.raw(text)
		c.expect("NOTICE")
	}
	c.raw(`["EVENT",{"id":"` + forged.ID + `"}]`)
	c.expect("OK", forged.ID, false, "invalid: …")
	for _, text := range []string{
		`["REQ","x"]`, `["REQ","x",1]`, `["REQ","x",{"ids":["zz"]}]`, `["REQ","x",{"kinds":"1"}]`,
		`["REQ","x",{"search":"a"}]`, `["REQ","x",{"#toolong":["a"]}]`, `["REQ","x",{"since":-1}]`, `["REQ","",{}]`,
		`["REQ","` + strings.Repeat("x", 65) + `",{}]`, `["COUNT","x",{}]`,
		`["REQ","x"` + strings.Repeat(",{}", 21) + `]`,
		`["REQ","x",{"#t":["` + strings.Repeat(`a","`, 1001) + `"]}]`} {
		c.raw(text)
		c.expect("CLOSED")
	}
	c.raw(`["REQ","a\"b\\c",{"ids":[]}]`) // an id that must be escaped, and a list that matches nothing
	c.expect("EOSE", `a"b\c`)
}

func TestExpiredEventsAreNotServed(t *testing.T) {
	clock := time.Now()
	r := newRig(t, func(c *relay.Config) { c.Now = func() time.Time { return clock } })
	a := r.liveNest()
	c := r.dial()
	e := sign(t, listener, nest.Event{
		Kind: 10312,
		Tags: [][]string{{"a", a}, {"expiration", fmt.Sprint(clock.Unix() + 60)}},
	})
	c.publish(e, "")
	c.send("REQ", "x", map[string]any{"kinds": []int{10312}})
	c.expect("EVENT", "x", e)
	c.expect("EOSE", "x")
	clock = clock.Add(61 * time.Second) // no goroutine reads the clock while the connection is idle
	c.send("REQ", "y", map[string]any{"kinds": []int{10312}})
	c.expect("EOSE", "y")
}

func TestEventsOfKnownAuthors(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	c := r.dial()
	c.publish(sign(t, listener, nest.Event{Kind: 0, Content: "{}"}), "restricted: ")
	known := newRig(t, func(c *relay.Config) {
		c.Known = func(_ context.Context, key string) (bool, error) { return key == publicKey(t, listener), nil }
	})
	c = known.dial()
	for _, kind := range []int{0, 1, 3, 10000, 10002} {
		c.publish(sign(t, listener, nest.Event{Kind: kind}), "")
		c.publish(sign(t, otherKey, nest.Event{Kind: kind}), "restricted: ")
	}
}

func TestRemoteSignerMessagesAreForwarded(t *testing.T) {
	var later atomic.Int64
	r := newRig(t, func(c *relay.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	app, signer := r.dial(), r.dial()
	signer.send("REQ", "bunker", map[string]any{"kinds": []int{24133}, "#p": []string{publicKey(t, listener)}})
	signer.expect("EOSE", "bunker")
	e := sign(t, otherKey, nest.Event{Kind: 24133, Content: "sealed", Tags: [][]string{{"p", publicKey(t, listener)}}})
	app.publish(e, "")
	signer.expect("EVENT", "bunker", e)
	app.send("REQ", "x", map[string]any{"kinds": []int{24133}})
	app.expect("EOSE", "x")

	// A suspended client can still fetch the message for two minutes; a filter for another recipient does not match
	// it.
	late := r.dial()
	late.send("REQ", "late", map[string]any{"kinds": []int{24133}, "#p": []string{publicKey(t, listener)}})
	late.expect("EVENT", "late", e)
	late.expect("EOSE", "late")
	late.send("REQ", "other", map[string]any{"kinds": []int{24133}, "#p": []string{publicKey(t, host)}})
	late.expect("EOSE", "other")
	later.Store(int64(3 * time.Minute))
	late.send("REQ", "later", map[string]any{"kinds": []int{24133}, "#p": []string{publicKey(t, listener)}})
	late.expect("EOSE", "later")
}

func TestInformationDocument(t *testing.T) {
	r := newRig(t, nil)
	response := get(t, r.url, "application/nostr+json")
	var doc struct {
		Name       string         `json:"name"`
		NIPs       []int          `json:"supported_nips"`
		Limitation map[string]any `json:"limitation"`
	}
	if err := json.NewDecoder(response.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.Name != "Test" || len(doc.NIPs) == 0 || doc.Limitation["max_limit"] != 500.0 ||
		response.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%+v %v", doc, response.Header)
	}
	if got := get(t, r.url, "text/html").StatusCode; got != 200 {
		t.Fatal(got)
	}
}

// hanging is a store that does not answer before the context ends.
type hanging struct{ relay.Store }

func (hanging) Read(ctx context.Context, _ func(relay.Tx) error) error {
	<-ctx.Done()
	return nest.StoreUnavailable(ctx.Err())
}

func (h hanging) QueryEvents(ctx context.Context, _ nest.EventFilter) ([]nest.Event, error) {
	return nil, h.Read(ctx, nil)
}

func TestStopSendsCloseFrames(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.send("REQ", "x", map[string]any{})
	c.expect("EOSE", "x")
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	if _, _, err := c.ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Fatal(err)
	}
	<-stopped
}

func TestBroadcastOfAnEventFromTheAPI(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.send("REQ", "x", map[string]any{"kinds": []int{30312}})
	c.expect("EOSE", "x")
	e := sign(t, host, space("Morning coffee"))
	r.relay.Broadcast(t.Context(), e)
	r.relay.Broadcast(t.Context(), e)
	c.expect("EVENT", "x", e)
	c.send("REQ", "y", map[string]any{"limit": 0})
	c.expect("EOSE", "y")
}
