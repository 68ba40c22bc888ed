package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"nests/internal/nest"
)

// An author banned from one nest cannot hide its address among many others, or among many copies of one.
func TestManyAddressesHideNoBan(t *testing.T) {
	r := newRig(t, nil)
	open := r.liveNest()
	barred := strings.Replace(open, nestID, otherID, 1)
	n := r.nest()
	n.ID = otherID
	r.put(n, nest.Member{Nest: otherID, Pubkey: publicKey(t, listener), Role: nest.RoleMember, Banned: true})
	same, many := [][]string{}, [][]string{{"a", open}}
	for i := range 20 {
		same = append(same, []string{"a", open})
		id := fmt.Sprintf("%08d-53c5-4c2a-9c0e-8f7f3c9d2a11", i)
		many = append(many, []string{"a", strings.Replace(open, nestID, id, 1)})
	}
	c := r.dial()
	c.publish(sign(t, listener, nest.Event{
		Kind: 1311,
		Tags: append(same, []string{"a", barred}),
	}), "restricted: you are banned")
	c.publish(sign(t, listener, nest.Event{
		Kind: 1311,
		Tags: append(many, []string{"a", barred}),
	}), "invalid: an event names at most 20 nests")
	c.publish(sign(t, listener, nest.Event{Kind: 1311, Tags: same}), "")
	c.publish(sign(t, host, nest.Event{Kind: 5, Tags: append(many, []string{"a", barred})}), "")
}
