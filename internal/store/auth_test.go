package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"nests/internal/store"
)

func TestAuthIsAcceptedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		for _, key := range []string{"a", "b", long("k", 5000), "nul\x00"} {
			for i, handle := range []*store.DB{db, db, opens()} {
				fresh, err := handle.UseAuth(t.Context(), key, 100)
				if err != nil || fresh != (i == 0) {
					t.Errorf("use %d of %.5q: %v %v", i+1, key, fresh, err)
				}
			}
		}
		if err := db.PurgeAuth(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		if fresh, err := db.UseAuth(t.Context(), "a", 100); err != nil || fresh {
			t.Errorf("deleted before it expired: %v %v", fresh, err)
		}
		if err := db.PurgeAuth(t.Context(), 101); err != nil {
			t.Fatal(err)
		}
		if fresh, err := db.UseAuth(t.Context(), "a", 100); err != nil || !fresh {
			t.Errorf("not deleted after it expired: %v %v", fresh, err)
		}
	})
}

// 50 callers use each of 20 keys, through the handles of two processes: every key is fresh for exactly one caller.
func TestEqualAuthAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		const callers, keys = 50, 20
		handles := []*store.DB{db, opens()}
		var fresh [keys]atomic.Int64
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for k := range keys {
					key := (k + c) % keys // each caller in another order
					ok, err := handles[c%2].UseAuth(t.Context(), fmt.Sprint(key), 100)
					if err != nil {
						t.Error(err)
					}
					if ok {
						fresh[key].Add(1)
					}
				}
			})
		}
		all.Wait()
		for k := range keys {
			if n := fresh[k].Load(); n != 1 {
				t.Errorf("key %d was fresh %d times", k, n)
			}
		}
	})
}

// A caller that cancels does not cost other callers their answers, even while it commits for them.
func TestAuthOfCallersThatCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		var all sync.WaitGroup
		for i := range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			all.Go(func() {
				fresh, err := db.UseAuth(ctx, fmt.Sprint(i), 100)
				if i%2 == 0 && (err != nil || !fresh) {
					t.Errorf("caller %d, which waited: %v %v", i, fresh, err)
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("caller %d: %v", i, err)
				}
			})
			if i%2 == 1 {
				all.Go(cancel)
			} else {
				t.Cleanup(cancel)
			}
		}
		all.Wait()
	})
}
