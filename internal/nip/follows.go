package nip

import (
	"encoding/json"
	"fmt"

	"fiatjaf.com/nostr"

	"nests/internal/nest"
)

// FollowsMaxBytes bounds a follow list: some ten thousand keys. Our relay takes no event that large, others do.
const FollowsMaxBytes = 1 << 20

// ParseFollows reads and verifies a follow list (kind 3, NIP-02), of which the p tags are left. It is the one event that may be
// larger than Parse allows.
func ParseFollows(data []byte) (nest.Event, error) {
	if len(data) > FollowsMaxBytes {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: larger than %d bytes", ErrShape, FollowsMaxBytes))
	}
	var n nostr.Event
	if err := json.Unmarshal(data, &n); err != nil || n.Kind != nest.KindFollows || n.CreatedAt < 0 || n.CreatedAt > maxCreatedAt {
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
