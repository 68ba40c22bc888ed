package store_test

import (
	"slices"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

// An expired claim, an old statement about a hand and an old raised hand lapse. Current ones do not.
func TestLapsedHands(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		members := []nest.Member{
			{Pubkey: hex(1), Hand: 5, HandAt: 50, HandClaim: 100},
			{Pubkey: hex(2), Hand: 5, HandAt: 50, HandClaim: 101},
			{Pubkey: hex(3), HandAt: 40},
			{Pubkey: hex(4), HandAt: 41},
			{Pubkey: hex(5), HandAt: 40, HandClaim: 101},
			{Pubkey: hex(6), Hand: 5, HandAt: 40},
			{Pubkey: hex(7), OnStage: true},
			{Pubkey: hex(8), Hand: 4, HandAt: 50},
			{Pubkey: hex(9), Hand: 4, HandAt: 50, HandClaim: 101},
		}
		write(t, db, func(tx nest.Tx) error {
			for _, m := range members {
				m.Nest = id(1)
				if err := tx.PutMember(m); err != nil {
					return err
				}
			}
			return nil
		})
		read(t, db, func(tx nest.Tx) error {
			lapsed, err := tx.ExpiredHands(100, 40, 4)
			var got []string
			for _, m := range lapsed {
				got = append(got, m.Pubkey)
			}
			if want := []string{hex(1), hex(3), hex(8)}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			return err
		})
	})
}

func TestMeetingsDue(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1), MeetingDue: true, UpdatedAt: 2})
		putNest(t, db, nest.Nest{ID: id(2)})
		putNest(t, db, nest.Nest{ID: id(3), MeetingDue: true, UpdatedAt: 1})
		read(t, db, func(tx nest.Tx) error {
			due, err := tx.MeetingsDue()
			if want := []string{id(3), id(1)}; !slices.Equal(due, want) {
				t.Errorf("due %v, want %v", due, want)
			}
			return err
		})
	})
}
