package reconcile

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"nests/internal/nest"
)

// A key that the operator blocks is removed from the nest at once, without a pass; others stay.
func TestDisconnectRemovesBlockedKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spammer, listener := strings.Repeat("a", 64), strings.Repeat("b", 64)
		livekit := &slowLiveKit{people: map[string][]nest.Participant{
			well:  {{Identity: spammer, Regular: true}, {Identity: listener, Regular: true}},
			ghost: nil,
		}}
		l := newLoop(livekit, quiet{nests: live(well, ghost)})
		if err := l.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		livekit.steps = nil
		l.Disconnect(t.Context(), nest.Blocked{
			Key:     func(pubkey string) bool { return pubkey == spammer },
			Address: func(netip.Addr) bool { return false },
		})
		if want := []string{"remove " + well}; !slices.Equal(livekit.steps, want) {
			t.Errorf("steps %v, want %v", livekit.steps, want)
		}
		if woken := l.wakes.take(); !woken[well] || woken[ghost] {
			t.Errorf("woken: %v", woken)
		}
	})
}
