package relay_test

import (
	"slices"
	"testing"

	"nests/internal/nest"
	"nests/internal/relay"
)

// OnAnswered gets the prefix of each refusal only, never text that a client chose.
func TestOnAnsweredGetsPrefixes(t *testing.T) {
	var answered []string // written by the relay's goroutine until done is closed
	done := make(chan struct{})
	r := newRig(t, func(c *relay.Config) {
		c.OnAnswered = func(prefix string) {
			if answered = append(answered, prefix); len(answered) == 5 {
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
	if want := []string{"", "", "restricted", "blocked", "invalid"}; !slices.Equal(answered, want) {
		t.Errorf("answered %q; want %q", answered, want)
	}
}
