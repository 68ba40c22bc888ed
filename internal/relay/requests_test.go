package relay_test

import (
	"net/http"
	"testing"

	"nests/internal/nest"
	"nests/internal/ratelimit"
	"nests/internal/relay"
)

// REQ, COUNT and AUTH share their limits: one for each connection, and one for all connections of an address.
func TestRatesOfRequests(t *testing.T) {
	for name, change := range map[string]func(*relay.Limits){
		"by connection": func(l *relay.Limits) { l.Requests = ratelimit.Rate{PerSecond: 0.001, Burst: 2} },
		"by address":    func(l *relay.Limits) { l.AddressRequests = ratelimit.Rate{PerSecond: 0.001, Burst: 2} },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *relay.Config) {
				c.ClientIP = func(*http.Request) string { return "192.0.2.1" }
				change(&c.Limits)
			})
			proof := sign(t, listener, nest.Event{Kind: 22242, Tags: [][]string{{"challenge", "x"}}})
			c := r.dial()
			c.send("AUTH", proof)
			c.expect("OK", proof.ID, false, "invalid: the challenge is not this connection's…")
			c.send("REQ", "a", map[string]any{"limit": 0})
			c.expect("EOSE", "a")
			if name == "by address" {
				c = r.dial()
			}
			c.send("AUTH", proof)
			c.expect("OK", proof.ID, false, "rate-limited: …")
			c.send("REQ", "b", map[string]any{"limit": 0})
			c.expect("CLOSED", "b", "rate-limited: …")
		})
	}
}
