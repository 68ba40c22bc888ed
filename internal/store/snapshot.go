package store

import (
	"context"

	"nests/internal/nest"
)

// Snapshot reads nests and their members in one snapshot. An id without a row is in neither map.
func (db *DB) Snapshot(ctx context.Context, ids []string) (map[string]nest.Nest, map[string][]nest.Member, error) {
	nests, members := map[string]nest.Nest{}, map[string][]nest.Member{}
	err := db.read(ctx, func(t *tx) error {
		clear(nests)
		clear(members)
		for _, id := range ids {
			n, err := t.Nest(id)
			if ok, err := exists(err); err != nil {
				return err
			} else if !ok {
				continue
			}
			nests[id] = n
			if members[id], err = t.Members(id); err != nil {
				return err
			}
		}
		return nil
	})
	return nests, members, err
}
