package store_test

import (
	"errors"
	"reflect"
	"sync"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func TestMemberKeepsEveryField(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		want := filled(t, nest.Member{Nest: id(1), Pubkey: hex(2), Role: nest.RoleAdmin}, 1_700_000_000_000)
		for range 2 {
			write(t, db, func(tx nest.Tx) error { return tx.PutMember(want) })
			read(t, db, func(tx nest.Tx) error {
				got, err := tx.Member(id(1), hex(2))
				if got != want {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
				return err
			})
			want = filled(t, nest.Member{Nest: id(1), Pubkey: hex(2), Role: nest.RoleMember}, 1_800_000_000_000)
			want.Banned, want.OnStage, want.HasAccess = false, false, false
		}
	})
}

func TestMemberWithoutARowIsZero(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		read(t, db, func(tx nest.Tx) error {
			got, err := tx.Member(id(1), hex(2))
			if want := (nest.Member{Nest: id(1), Pubkey: hex(2)}); got != want {
				t.Errorf("got %+v", got)
			}
			return err
		})
	})
}

func TestEmptyMemberLosesItsRow(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		write(t, db, func(tx nest.Tx) error { return tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(2), Hand: 5}) })
		write(
			t,
			db,
			func(tx nest.Tx) error { return tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(2), Updated: 9}) },
		)
		read(t, db, func(tx nest.Tx) error {
			members, err := tx.Members(id(1))
			if len(members) != 0 {
				t.Errorf("got %+v", members)
			}
			return err
		})
	})
}

func TestMembersAreOfOneNestInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		putNest(t, db, nest.Nest{ID: id(2)})
		guest := nest.GuestPrefix + id(7)
		write(t, db, func(tx nest.Tx) error {
			for _, m := range []nest.Member{
				{Nest: id(1), Pubkey: guest, Banned: true, BanUntil: 99},
				{Nest: id(1), Pubkey: hex(0xf), OnStage: true},
				{Nest: id(2), Pubkey: hex(1), OnStage: true},
				{Nest: id(1), Pubkey: hex(3), Banned: true},
			} {
				if err := tx.PutMember(m); err != nil {
					return err
				}
			}
			return nil
		})
		read(t, db, func(tx nest.Tx) error {
			members, err := tx.Members(id(1))
			var got []string
			for _, m := range members {
				got = append(got, m.Pubkey)
			}
			if want := []string{hex(3), hex(0xf), guest}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			return err
		})
	})
}

// 50 concurrent read-change-write transactions on one row, through the handles of two processes. Serialised, none is
// lost.
func TestConcurrentChangesLoseNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		handles := []*store.DB{db, opens()}
		const count = 50
		var all sync.WaitGroup
		for i := range count {
			all.Go(func() {
				err := handles[i%2].Write(t.Context(), func(tx nest.Tx) error {
					m, err := tx.Member(id(1), hex(2))
					if err != nil {
						return err
					}
					m.Hand++
					n, err := tx.Nest(id(1))
					if err != nil {
						return err
					}
					n.Revision++
					if err := tx.PutNest(n); err != nil {
						return err
					}
					return tx.PutMember(m)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		read(t, db, func(tx nest.Tx) error {
			m, err := tx.Member(id(1), hex(2))
			n, _ := tx.Nest(id(1))
			if m.Hand != count || n.Revision != count {
				t.Errorf("%d changes of the member and %d of the nest are stored, want %d", m.Hand, n.Revision, count)
			}
			return err
		})
	})
}

func TestIsMember(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		write(t, db, func(tx nest.Tx) error {
			return errors.Join(tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(2), OnStage: true}),
				tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(3), Banned: true}))
		})
		for pubkey, want := range map[string]bool{hex(2): true, hex(3): false, hex(4): false} {
			if known, err := db.IsMember(t.Context(), pubkey); err != nil || known != want {
				t.Errorf("%s: %v %v", pubkey[60:], known, err)
			}
		}
	})
}
