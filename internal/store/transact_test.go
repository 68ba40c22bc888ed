package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func TestErrorOfFnRollsBackAndIsReturnedUnchanged(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		for _, refusal := range []error{nest.ErrNotFound, nest.ErrNoRow, errors.New("anything else")} {
			err := db.Write(t.Context(), func(tx nest.Tx) error {
				if err := tx.PutNest(nest.Nest{ID: id(1), Host: hex(1)}); err != nil {
					return err
				}
				return refusal
			})
			if err != refusal { //nolint:errorlint // the same error, not wrapped
				t.Errorf("got %v, want %v itself", err, refusal)
			}
		}
		expectNoNest(t, db, id(1))
	})
}

func expectNoNest(t *testing.T, db *store.DB, nestID string) {
	t.Helper()
	read(t, db, func(tx nest.Tx) error {
		if _, err := tx.Nest(nestID); !errors.Is(err, nest.ErrNoRow) {
			t.Errorf("the nest is stored: %v", err)
		}
		return nil
	})
}

// A member of an unknown nest violates a foreign key. A caller that ignores the error must not commit the rest.
func TestIgnoredFailureCommitsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		err := db.Write(t.Context(), func(tx nest.Tx) error {
			if err := tx.PutNest(nest.Nest{ID: id(1), Host: hex(1)}); err != nil {
				return err
			}
			if err := tx.PutMember(nest.Member{Nest: id(404), Pubkey: hex(1), Hand: 1}); nest.CodeOf(
				err,
			) != nest.CodeStoreUnavailable {
				t.Errorf("the failure is %v", err)
			}
			return nil
		})
		if nest.CodeOf(err) != nest.CodeStoreUnavailable || store.Cause(err) != store.CodeDown {
			t.Errorf("got %v", err)
		}
		expectNoNest(t, db, id(1))
		putNest(t, db, nest.Nest{ID: id(2)}) // and the connection is usable
	})
}

func TestPanicReleasesTheDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			db.Write(t.Context(), func(tx nest.Tx) error {
				tx.PutNest(nest.Nest{ID: id(1), Host: hex(1)})
				panic("a bug in a use case")
			})
		}()
		expectNoNest(t, db, id(1))
		putNest(t, db, nest.Nest{ID: id(2)})
	})
}

// A Read sees one snapshot, whatever is committed meanwhile.
func TestReadIsOneSnapshot(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		n := putNest(t, db, nest.Nest{ID: id(1), Revision: 1})
		read(t, db, func(tx nest.Tx) error {
			if _, err := tx.Nest(id(1)); err != nil {
				return err
			}
			n.Revision = 2
			write(t, db, func(tx nest.Tx) error {
				return errors.Join(tx.PutNest(n), tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(2), Hand: 1}))
			})
			again, err := tx.Nest(id(1))
			members, _ := tx.Members(id(1))
			if again.Revision != 1 || len(members) != 0 {
				t.Errorf("revision %d and %d members are of different snapshots", again.Revision, len(members))
			}
			return err
		})
		read(t, db, func(tx nest.Tx) error {
			again, err := tx.Nest(id(1))
			if again.Revision != 2 {
				t.Errorf("revision %d, want 2", again.Revision)
			}
			return err
		})
	})
}

func TestReadCannotWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		err := db.Read(t.Context(), func(tx nest.Tx) error { return tx.PutNest(nest.Nest{ID: id(1), Host: hex(1)}) })
		if store.Cause(err) != store.CodeReadOnly {
			t.Errorf("got %v", err)
		}
		expectNoNest(t, db, id(1))
	})
}

func TestCancelledCallerIsNotServed(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx nest.Tx) error {
			if err := tx.PutNest(nest.Nest{ID: id(1), Host: hex(1)}); err != nil {
				return err
			}
			cancel()
			return tx.PutNest(nest.Nest{ID: id(2), Host: hex(1)})
		})
		if !errors.Is(err, context.Canceled) || nest.CodeOf(err) != nest.CodeStoreUnavailable {
			t.Errorf("got %v", err)
		}
		if err := db.Read(ctx, func(nest.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a read continued: %v", err)
		}
		expectNoNest(t, db, id(1))
		putNest(t, db, nest.Nest{ID: id(3)})
	})
}

// Two transactions each read a row that the other changes. One must see the other's change: no write skew.
func TestWritesAreSerialised(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		other := opens()
		for round := range 10 {
			putNest(t, db, nest.Nest{ID: id(round)})
			var both sync.WaitGroup
			for i, handle := range []*store.DB{db, other} {
				both.Go(func() {
					err := handle.Write(t.Context(), func(tx nest.Tx) error {
						members, err := tx.Members(id(round))
						if err != nil || len(members) > 0 {
							return err
						}
						return tx.PutMember(nest.Member{Nest: id(round), Pubkey: hex(i), Role: nest.RoleAdmin})
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			read(t, db, func(tx nest.Tx) error {
				members, err := tx.Members(id(round))
				if len(members) != 1 {
					return fmt.Errorf("round %d: %d members, want exactly one", round, len(members))
				}
				return err
			})
		}
	})
}
