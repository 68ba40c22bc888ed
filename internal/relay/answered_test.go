package relay_test

import (
	"slices"
	"testing"

	"nests/internal/nest"
	"nests/internal/relay"
)

// What the relay answers to an event is told by the prefix alone, never by words that a client chose.
func TestAnsweredHearsPrefixes(t *testing.T) {
	var told []string // the client below waits for each answer but the last's
	done := make(chan struct{})
	r := newRig(t, func(c *relay.Config) {
		c.OnAnswered = func(prefix string) {
			if told = append(told, prefix); len(told) == 5 {
				close(done)
			}
		}
	})
	c := r.dial()
	first := sign(t, host, space("Morning coffee"))
	c.publish(first, "")
	c.publish(first, "duplicate: ")
	c.publish(sign(t, otherKey, nest.Event{Kind: 1, Content: "hello"}), "restricted: ")
	c.publish(sign(t, otherKey, nest.Event{Kind: 4}), "blocked: ")
	c.raw(`["EVENT",{"id":"x"}]`)
	c.expect("OK", "", false, "invalid…")
	<-done
	if want := []string{"", "", "restricted", "blocked", "invalid"}; !slices.Equal(told, want) {
		t.Errorf("told %q; want %q", told, want)
	}
}
