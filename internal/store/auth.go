package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// batcher group-commits used auth ids: a commit to disk costs the same for one id as for many.
//
// Concurrency: the batcher has no goroutine of its own. The caller that holds the turn commits for all callers that
// wait, itself included. mu guards waiting; an authUse belongs to the holder of the turn from take until done is
// closed.
type batcher struct {
	turn    chan struct{} // holds one element while a caller commits
	mu      sync.Mutex
	waiting []*authUse // guarded by mu
}

type authUse struct {
	id      string
	expires int64
	done    chan struct{} // closed once fresh and err are final
	fresh   bool
	err     error
}

const batchMax = 64

// UseAuth marks key as used and returns true to exactly one of all callers with that key, until expires (unix ms) has
// passed and PurgeAuth ran. It returns once the mark is on disk. If ctx ends first, the key may still become used.
func (db *DB) UseAuth(ctx context.Context, key string, expires int64) (bool, error) {
	use := &authUse{id: fingerprint(key), expires: expires, done: make(chan struct{})}
	db.auth.add(use)
	for {
		select {
		case <-use.done:
			return use.fresh, use.err
		case db.auth.turn <- struct{}{}:
			db.useAll(ctx, db.auth.take())
			<-db.auth.turn
		case <-ctx.Done():
			return false, unavailable(ctx.Err())
		}
	}
}

// fingerprint returns 128 bits of the key's hash. Rows land at random positions of the index, so short ones are
// cheaper.
func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawStdEncoding.EncodeToString(sum[:16])
}

func (b *batcher) add(use *authUse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, use)
}

func (b *batcher) take() []*authUse {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.waiting), batchMax)
	batch := b.waiting[:n:n]
	b.waiting = slices.Clone(b.waiting[n:])
	return batch
}

// useAll commits for other callers too, so it ignores the cancellation of the caller that holds the turn.
func (db *DB) useAll(ctx context.Context, batch []*authUse) {
	first := firstOfEach(batch)
	var fresh map[string]bool
	var err error
	if len(first) > 0 {
		err = db.writePlain(context.WithoutCancel(ctx), func(t *tx) (err error) {
			fresh, err = t.useAuth(first)
			return err
		})
	}
	for _, use := range batch {
		use.err = err
		use.fresh = err == nil && fresh[use.id]
		delete(fresh, use.id) // only the first use of a key is fresh
		close(use.done)
	}
}

// firstOfEach drops repeated keys and sorts the rest: processes that insert in the same order cannot deadlock.
func firstOfEach(batch []*authUse) []*authUse {
	first := slices.Clone(batch)
	slices.SortStableFunc(first, func(a, b *authUse) int { return strings.Compare(a.id, b.id) })
	return slices.CompactFunc(first, func(a, b *authUse) bool { return a.id == b.id })
}

func (t *tx) useAuth(uses []*authUse) (map[string]bool, error) {
	var q conditions
	rows := make([]string, len(uses))
	for i, use := range uses {
		rows[i] = fmt.Sprintf("(%s, %s)", q.bind(use.id), q.bind(use.expires))
	}
	fresh := map[string]bool{}
	err := t.each(`INSERT INTO used_auth (id, expires_at) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (id) DO NOTHING RETURNING id`, q.args, func(rows *sql.Rows) error {
		id := ""
		err := rows.Scan(&id)
		fresh[id] = true
		return err
	})
	return fresh, err
}

// PurgeAuth deletes keys that expired before now (unix ms). Verification refuses them by their time.
func (db *DB) PurgeAuth(ctx context.Context, now int64) error {
	return db.purge(ctx, `DELETE FROM used_auth WHERE expires_at < $1`, now)
}
