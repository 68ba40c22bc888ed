package relay_test

import (
	"strings"
	"testing"

	"nests/internal/nest"
)

// One deletion may name the spaces of several nests, by id or by address: each of these nests ends.
func TestHostDeletesSpacesOfSeveralNests(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	a := r.liveNest()
	first := sign(t, host, space("Morning coffee"))
	c.publish(first, "")
	other := r.nest()
	other.ID, other.SpaceID = otherID, ""
	r.put(other)
	second := space("Evening tea")
	second.Tags[0] = []string{"d", otherID}
	second = sign(t, host, second)
	c.publish(second, "")
	gone := [][]string{{"e", first.ID}, {"a", a}, {"a", strings.Replace(a, nestID, otherID, 1)}}
	c.publish(sign(t, host, nest.Event{Kind: 5, CreatedAt: second.CreatedAt + 1, Tags: gone}), "")
	err := r.db.Read(t.Context(), func(tx nest.Tx) error {
		for _, id := range []string{nestID, otherID} {
			if n, err := tx.Nest(id); err != nil || n.Status != nest.Ended || n.SpaceID != "" {
				t.Errorf("nest %s is %s with space %q, %v", id, n.Status, n.SpaceID, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
