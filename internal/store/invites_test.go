package store_test

import (
	"errors"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func TestInvites(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		putNest(t, db, nest.Nest{ID: id(2)})
		first := nest.Invite{
			ID:         id(10),
			Nest:       id(1),
			SecretHash: hex(1),
			CreatedBy:  hex(3),
			CreatedAt:  100,
			ExpiresAt:  900,
			MaxUses:    5,
		}
		second := nest.Invite{ID: id(11), Nest: id(1), SecretHash: hex(2), CreatedBy: hex(3), CreatedAt: 200}
		write(t, db, func(tx nest.Tx) error { return errors.Join(tx.PutInvite(first), tx.PutInvite(second)) })
		first.Uses = 2
		write(t, db, func(tx nest.Tx) error { return tx.PutInvite(first) })
		read(t, db, func(tx nest.Tx) error {
			got, err := tx.Invite(id(1), hex(1))
			if err != nil || got != first {
				t.Errorf("got %+v %v, want %+v", got, err, first)
			}
			if _, err := tx.Invite(id(2), hex(1)); !errors.Is(err, nest.ErrNoRow) {
				t.Errorf("another nest's secret: %v", err)
			}
			all, err := tx.Invites(id(1))
			if len(all) != 2 || all[0] != second || all[1] != first {
				t.Errorf("newest first: %+v", all)
			}
			return err
		})
		write(t, db, func(tx nest.Tx) error {
			return errors.Join(
				tx.DeleteInvite(id(2), first.ID),
				tx.DeleteInvite(id(1), second.ID),
				tx.DeleteInvite(id(1), id(99)),
			)
		})
		read(t, db, func(tx nest.Tx) error {
			all, err := tx.Invites(id(1))
			if len(all) != 1 || all[0] != first {
				t.Errorf("after one was revoked: %+v", all)
			}
			return err
		})
	})
}

func TestUnpublishDeletesPendingDeliveries(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		publish(t, db, id(1), event(1, nest.KindSpace, hex(1), 5, []string{"d", id(1)}), 100, "wss://a", "wss://b")
		publish(t, db, id(2), event(2, nest.KindSpace, hex(1), 5, []string{"d", id(2)}), 100, "wss://a")
		if err := db.PutDelivery(
			t.Context(),
			nest.Delivery{Event: hex(1), Relay: "wss://a", State: nest.DeliveryAccepted, Attempts: 1, Updated: 110},
		); err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx nest.Tx) error { return tx.CancelDeliveries(id(1)) })
		expectDue(t, db, 100, "02 wss://a")
		if all, err := db.Deliveries(
			t.Context(),
			id(1),
		); err != nil || len(all) != 1 ||
			all[0].State != nest.DeliveryAccepted {
			t.Errorf("an accepted delivery must stay: %+v %v", all, err)
		}
	})
}
