package nip

import (
	"encoding/json"
	"fmt"

	"fiatjaf.com/nostr"

	"nests/internal/nest"
)

// FollowsMaxBytes bounds a follow list, to about ten thousand keys. The embedded relay refuses events that large;
// others accept them.
const FollowsMaxBytes = 1 << 20

// ParseFollows reads and verifies a follow list (kind 3, NIP-02) and returns it with its p tags only. A follow list may
// be larger than Parse allows.
func ParseFollows(data []byte) (nest.Event, error) {
	if len(data) > FollowsMaxBytes {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: larger than %d bytes", ErrShape, FollowsMaxBytes))
	}
	var n nostr.Event
	err := json.Unmarshal(data, &n)
	if err != nil || n.Kind != nest.KindFollows || n.CreatedAt < 0 || n.CreatedAt > maxCreatedAt {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: not a follow list", ErrShape))
	}
	if err := verify(n); err != nil {
		return nest.Event{}, err
	}
	e := nest.Event{ID: n.ID.Hex(), PubKey: n.PubKey.Hex(), CreatedAt: int64(n.CreatedAt), Kind: int(n.Kind)}
	for _, tag := range n.Tags {
		if len(tag) >= 2 && tag[0] == "p" {
			e.Tags = append(e.Tags, []string{"p", tag[1]})
		}
	}
	return e, nil
}
