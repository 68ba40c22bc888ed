package relay_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/ratelimit"
	"nests/internal/relay"
)

func TestRates(t *testing.T) {
	r := newRig(t, func(c *relay.Config) {
		c.Limits.KeyEvents = ratelimit.Rate{PerSecond: 0.001, Burst: 2}
		c.Limits.Subscriptions = 2
	})
	a := r.liveNest()
	c := r.dial()
	for i, want := range []string{"", "", "rate-limited: ", "rate-limited: "} {
		c.publish(sign(t, listener, nest.Event{Kind: 1311, Content: fmt.Sprint(i), Tags: [][]string{{"a", a}}}), want)
	}
	c.publish(sign(t, otherKey, nest.Event{Kind: 1311, Tags: [][]string{{"a", a}}}), "")
	for _, id := range []string{"a", "b", "a"} {
		c.send("REQ", id, map[string]any{"limit": 0})
		c.expect("EOSE", id)
	}
	c.send("REQ", "c", map[string]any{"limit": 0})
	c.expect("CLOSED", "c", "rate-limited: …")
}

func TestLimitsByAddress(t *testing.T) {
	r := newRig(t, func(c *relay.Config) {
		c.ClientIP = func(req *http.Request) string { return req.Header.Get("X-Test-Address") }
		c.Limits.PerAddress, c.Limits.AddressEvents = 1, ratelimit.Rate{PerSecond: 0.001, Burst: 1}
	})
	a := r.liveNest()
	from := func(address string) (*client, error) {
		ws, response, err := websocket.Dial(t.Context(), r.url, &websocket.DialOptions{
			HTTPHeader: http.Header{"X-Test-Address": {address}},
		})
		if err != nil {
			if response == nil || response.StatusCode != http.StatusServiceUnavailable {
				t.Fatal(response, err)
			}
			return nil, err
		}
		t.Cleanup(func() { _ = ws.CloseNow() })
		return &client{t, ws}, nil
	}
	first, err := from("2001:db8::1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from("2001:db8::2"); err == nil {
		t.Fatal("a second connection from one /64")
	}
	second, err := from("2001:db8:0:1::1")
	if err != nil {
		t.Fatal(err)
	}
	line := func(text string) nest.Event {
		return sign(t, listener, nest.Event{Kind: 1311, Content: text, Tags: [][]string{{"a", a}}})
	}
	first.publish(line("1"), "")
	first.publish(line("2"), "rate-limited: ")
	second.publish(line("3"), "")
	_ = first.ws.Close(websocket.StatusNormalClosure, "")
	nesttest.Eventually(t, 5*time.Second, func() string {
		if _, err := from("2001:db8::2"); err != nil {
			return "the closed connection still counts"
		}
		return ""
	})
}

func TestStoreThatHangs(t *testing.T) {
	r := newRig(t, func(c *relay.Config) { c.Store, c.Limits.Query = hanging{c.Store}, 50*time.Millisecond })
	a := r.liveNest()
	c := r.dial()
	for range 5 {
		c.publish(sign(t, listener, nest.Event{Kind: 1311, Tags: [][]string{{"a", a}}}), "error: ")
		c.send("REQ", "x", map[string]any{})
		c.expect("CLOSED", "x", "error: …")
	}
}

func TestSlowClientIsDisconnectedAndDelaysNoOther(t *testing.T) {
	r := newRig(t, func(c *relay.Config) {
		c.Limits.Write = time.Minute
		c.Limits.KeyEvents, c.Limits.AddressEvents = ratelimit.Rate{}, ratelimit.Rate{}
	})
	a := r.liveNest()
	slow, quick, writer := r.dial(), r.dial(), r.dial()
	for _, c := range []*client{slow, quick} {
		c.send("REQ", "x", map[string]any{"kinds": []int{1311}, "limit": 0})
		c.expect("EOSE", "x")
	}
	for i := range 300 { // 300 × 60 kB do not fit the sockets' buffers of a client that reads nothing
		e := sign(t, listener, nest.Event{
			Kind:    1311,
			Content: strings.Repeat("x", 60000) + fmt.Sprint(i),
			Tags:    [][]string{{"a", a}},
		})
		writer.publish(e, "")
		quick.expect("EVENT", "x", e)
	}
	nesttest.Eventually(t, 10*time.Second, func() string {
		_, _, err := slow.ws.Read(t.Context())
		if err == nil {
			return "the slow client is still connected"
		}
		return ""
	})
}

// The filters of a connection share one limit of values, in which a long value counts several times.
func TestFilterValuesOfAConnection(t *testing.T) {
	r := newRig(t, func(c *relay.Config) { c.Limits.Values = 20 })
	c := r.dial()
	ask := func(id string, values ...string) { c.send("REQ", id, map[string]any{"#t": values, "limit": 0}) }
	many := strings.Split(strings.Repeat("x", 15), "")
	ask("a", many...)
	c.expect("EOSE", "a")
	ask("b", many[:5]...)
	c.expect("CLOSED", "b", "rate-limited: the subscriptions of a connection have at most 20 values…")
	ask("b", strings.Repeat("x", 5*256))
	c.expect("CLOSED", "b", "rate-limited: …")
	ask("a", many[:5]...) // in place of the larger one
	c.expect("EOSE", "a")
	ask("b", many[:5]...)
	c.expect("EOSE", "b")
}
