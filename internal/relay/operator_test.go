package relay_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/ratelimit"
	"nests/internal/relay"
)

// A report about a user or an event of this server is stored. No subscription returns it, not even its author's.
func TestReportsAreShownToOperatorsOnly(t *testing.T) {
	r := newRig(t, func(c *relay.Config) {
		c.ClientIP = func(*http.Request) string { return "203.0.113.7" }
		c.Limits.Reports = ratelimit.Rate{PerSecond: 0.001, Burst: 5}
		c.Known = func(_ context.Context, pubkey string) (bool, error) { return pubkey == publicKey(t, host), nil }
	})
	address := r.liveNest()
	report := func(by, about, why string, more ...[]string) nest.Event {
		return sign(t, by, nest.Event{
			Kind:    nest.KindReport,
			Content: "too loud",
			Tags:    append([][]string{{"p", publicKey(t, about), why}}, more...),
		})
	}
	writer, reader := r.dial(), r.dial()
	reader.send("REQ", "live", map[string]any{"kinds": []int{nest.KindReport}})
	reader.expect("EOSE", "live")
	line := sign(t, listener, nest.Event{Kind: 1311, Content: "buy this", Tags: [][]string{{"a", address}}})
	writer.publish(line, "")
	about := report(otherKey, host, "spam")
	writer.publish(about, "")
	writer.publish(about, "duplicate: ")
	writer.publish(report(otherKey, listener, "nudity", []string{"e", line.ID}), "")
	writer.publish(report(host, listener, "spam"), "restricted: ")
	long := report(otherKey, host, "spam")
	long.Content = strings.Repeat("x", 8<<10)
	writer.publish(sign(t, otherKey, long), "invalid: The report is larger")
	writer.publish(report(otherKey, host, "illegal"), "rate-limited: ")
	reader.send("REQ", "stored", map[string]any{
		"kinds": []int{nest.KindReport},
	}, map[string]any{
		"authors": []string{publicKey(t, otherKey)},
	}, map[string]any{
		"ids": []string{about.ID},
	})
	reader.expect("EOSE", "stored") // nor was it shown live
	reports, _, err := r.service.Reports(t.Context(), "")
	if err != nil || len(reports) != 2 {
		t.Fatalf("the operator has %+v %v", reports, err)
	}
	if reports[0].Event.ID == about.ID {
		reports[0], reports[1] = reports[1], reports[0] // both came in one millisecond
	}
	if got := reports[0]; got.Nest != nestID || got.Why != "nudity" || got.Pubkey != publicKey(t, listener) ||
		got.Named == nil || got.Named.Content != "buy this" {
		t.Errorf("the report of a line reads %+v", got)
	}
	if got := reports[1]; got.Nest != "" || got.Why != "spam" || got.Pubkey != publicKey(t, host) {
		t.Errorf("the report of a key reads %+v", got)
	}
}

// A blocked key cannot send events, and connections known by the key are closed. Other connections stay open.
func TestBlockedKeyAtTheRelay(t *testing.T) {
	r := newRig(t, nil)
	r.service.Operators = []string{publicKey(t, host)}
	r.service.Blocks = &nest.BlockList{Store: r.db, Now: time.Now}
	r.service.Blocks.Disconnect = []nest.Disconnecter{r.relay}
	address := r.liveNest()
	chat := func(by, text string) nest.Event {
		return sign(t, by, nest.Event{Kind: 1311, Content: text, Tags: [][]string{{"a", address}}})
	}
	theirs, other := r.dial(), r.dial()
	theirs.publish(chat(listener, "before"), "")
	other.publish(chat(otherKey, "before"), "")
	if _, err := r.service.Block(t.Context(), publicKey(t, host), nest.Block{
		Subject: publicKey(t, listener),
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := theirs.ws.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("their connection goes on: %v", err)
	}
	other.publish(chat(listener, "during"), "blocked: This key is blocked")
	other.publish(chat(otherKey, "during"), "")
	if err := r.service.Unblock(t.Context(), publicKey(t, host), publicKey(t, listener)); err != nil {
		t.Fatal(err)
	}
	other.publish(chat(listener, "after"), "")
}

// lateBlock is a domain that blocks a key after the first check of it.
type lateBlock struct {
	relay.Domain
	asked sync.Map
}

func (l *lateBlock) CheckBlocked(pubkey string) error {
	if _, before := l.asked.LoadOrStore(pubkey, true); !before {
		return nil
	}
	return &nest.Error{Code: nest.CodeBlocked, Message: "This key is blocked"}
}

// waitForClose reads until the connection is closed.
func (c *client) waitForClose(why string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := c.ws.Read(ctx); err != nil {
			if ctx.Err() != nil {
				c.t.Errorf("%s goes on", why)
			}
			return
		}
	}
}

// Disconnect does not find a connection whose address or key becomes known only later. The connection checks for a
// block itself then.
func TestBlockWhileConnecting(t *testing.T) {
	blocked := netip.MustParseAddr("203.0.113.7")
	r := newRig(t, func(c *relay.Config) {
		c.Domain = &lateBlock{Domain: c.Domain}
		c.Address = func(req *http.Request) netip.Addr {
			addr, _ := netip.ParseAddr(req.URL.RawQuery)
			return addr
		}
		c.Blocked = func(addr netip.Addr) bool { return addr == blocked }
	})
	address, url := r.liveNest(), r.url
	author, prover := r.dial(), r.dial()
	author.send("EVENT", sign(t, listener, nest.Event{Kind: 1311, Content: "hello", Tags: [][]string{{"a", address}}}))
	author.waitForClose("the connection that sent an event")

	prover.send("EVENT", sign(t, otherKey, nest.Event{Kind: 1311, Tags: [][]string{{"a", address}, {"-"}}}))
	challenge := prover.expect("AUTH")[1].(string)
	prover.send("AUTH", sign(t, otherKey, nest.Event{
		Kind: 22242,
		Tags: [][]string{{"relay", "wss://nests.example/relay"}, {"challenge", challenge}},
	}))
	prover.waitForClose("the connection that proved a key")

	r.url = url + "?" + blocked.String()
	r.dial().waitForClose("the connection from a blocked address")
	r.url = url + "?203.0.113.8"
	neighbour := r.dial()
	neighbour.send("REQ", "all", map[string]any{})
	for neighbour.read()[0] != "EOSE" {
	}
}
