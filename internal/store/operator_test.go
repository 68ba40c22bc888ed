package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func TestBlocksQuotasAndCreators(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		key := filled(t, nest.Block{Subject: hex(1), CreatedAt: 10, Until: 500}, 1)
		addresses := nest.Block{Subject: "2001:db8::/48", By: hex(9), CreatedAt: 20}
		quota := filled(t, nest.Quota{Pubkey: hex(2)}, 3)
		first, second := nest.Creator{
			Pubkey: hex(3),
			By:     hex(9),
			At:     1,
		}, nest.Creator{
			Pubkey: hex(4),
			By:     hex(9),
			At:     2,
		}
		list := nest.FollowList{Pubkey: hex(9), Event: hex(70), CreatedAt: 7, Keys: []string{hex(1), hex(2)}}
		write(t, db, func(tx nest.Tx) error {
			for _, err := range []error{tx.PutBlock(nest.Block{
				Subject: hex(1),
				Reason:  "before",
			}), tx.PutBlock(key), tx.PutBlock(addresses),
				tx.PutQuota(nest.Quota{Pubkey: hex(2), Nests: 1}), tx.PutQuota(quota),
				tx.PutQuota(nest.Quota{Pubkey: hex(5)}),
				tx.PutCreator(first), tx.PutCreator(nest.Creator{Pubkey: hex(3), At: 99}), tx.PutCreator(second),
				tx.PutFollowList(nest.FollowList{Pubkey: hex(9), Keys: []string{hex(5)}}), tx.PutFollowList(list)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		read(t, opens(), func(tx nest.Tx) error { // through the handle of another node
			blocks, _ := tx.Blocks()
			wants(t, "blocks", blocks, []nest.Block{addresses, key})
			quotas, _ := tx.Quotas()
			wants(t, "quotas", quotas, []nest.Quota{quota, {Pubkey: hex(5)}})
			none, there, _ := tx.Quota(hex(5))
			wants(t, "a quota without limit", []any{none.Nests, there}, []any{0, true})
			_, there, err := tx.Quota(hex(6))
			wants(t, "no quota", []any{there, err}, []any{false, nil})
			creators, _ := tx.Creators()
			wants(t, "creators", creators, []nest.Creator{second, first})
			listed, _ := tx.IsCreator(hex(3))
			stranger, _ := tx.IsCreator(hex(6))
			wants(t, "who may create", []bool{listed, stranger}, []bool{true, false})
			got, there, _ := tx.FollowList(hex(9))
			wants(t, "follow list", []any{got, there}, []any{list, true})
			return nil
		})
		if err := db.Purge(t.Context(), 500); err != nil {
			t.Fatal(err)
		}
		read(t, db, func(tx nest.Tx) error {
			blocks, err := tx.Blocks()
			wants(t, "blocks in their last moment", len(blocks), 2)
			return err
		})
		if err := db.Purge(t.Context(), 501); err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx nest.Tx) error {
			for _, err := range []error{tx.DeleteQuota(hex(2)), tx.DeleteCreator(hex(3)), tx.DeleteCreator("nobody")} {
				if err != nil {
					return err
				}
			}
			blocks, _ := tx.Blocks()
			wants(t, "blocks after the purge", blocks, []nest.Block{addresses})
			quotas, _ := tx.Quotas()
			creators, err := tx.Creators()
			wants(t, "what is left", []int{len(quotas), len(creators)}, []int{1, 1})
			if err == nil {
				err = tx.DeleteBlock(addresses.Subject)
			}
			return err
		})
		read(t, db, func(tx nest.Tx) error {
			blocks, err := tx.Blocks()
			wants(t, "blocks after the last was lifted", len(blocks), 0)
			return err
		})
	})
}

func TestAuditAndReports(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		var acts []nest.AuditEntry
		write(t, db, func(tx nest.Tx) error {
			acts = nil
			for i := range 5 { // two with each time
				a := nest.AuditEntry{
					ID:      id(i),
					At:      int64(100 + i/2),
					Actor:   hex(i % 2),
					Action:  nest.ActionBan,
					Target:  "guest-<ü>",
					Nest:    id(90 + i%2),
					Outcome: nest.OutcomeDone,
				}
				if err := tx.AddAuditEntry(a); err != nil {
					return err
				}
				acts = append([]nest.AuditEntry{a}, acts...)
			}
			return nil
		})
		read(t, db, func(tx nest.Tx) error {
			page, _ := tx.AuditEntries(nest.AuditFilter{Limit: 2})
			wants(t, "the newest", page, acts[:2])
			page, _ = tx.AuditEntries(
				nest.AuditFilter{Limit: 9, Before: nest.Cursor{CreatedAt: page[1].At, ID: page[1].ID}},
			)
			wants(t, "the rest", page, acts[2:])
			page, _ = tx.AuditEntries(nest.AuditFilter{Limit: 9, Nest: id(91)})
			wants(t, "of one nest", page, []nest.AuditEntry{acts[1], acts[3]})
			page, err := tx.AuditEntries(nest.AuditFilter{Limit: 9, Actor: hex(1), Nest: id(90)})
			wants(t, "of nobody", page, []nest.AuditEntry{})
			return err
		})
		long := nest.AuditEntry{
			ID:      id(9),
			At:      1,
			Action:  nest.ActionBlock,
			Target:  strings.Repeat("ü\x00", 10_000),
			Outcome: nest.OutcomeDone,
		}
		write(t, db, func(tx nest.Tx) error { return tx.AddAuditEntry(long) })
		read(t, db, func(tx nest.Tx) error {
			page, err := tx.AuditEntries(nest.AuditFilter{Limit: 9, Before: nest.Cursor{CreatedAt: 2}})
			if err == nil && (len(page) != 1 || len(page[0].Target) > 512) {
				t.Errorf("a long target is stored with %d bytes", len(page[0].Target))
			}
			return err
		})
		report := func(n int) nest.Event {
			return nest.Event{
				ID:        hex(n),
				PubKey:    hex(1),
				Kind:      nest.KindReport,
				CreatedAt: 1,
				Tags:      [][]string{{"p", hex(2), "spam"}},
				Content:   "look \x00 <here>",
			}
		}
		write(t, db, func(tx nest.Tx) error {
			for n := range 3 {
				if added, err := tx.PutReport(report(n), int64(n)); !added || err != nil {
					t.Errorf("report %d: %v %v", n, added, err)
				}
			}
			again, err := tx.PutReport(report(1), 99)
			wants(t, "the same report again", again, false)
			return err
		})
		write(t, db, func(tx nest.Tx) error {
			page, _ := tx.Reports(nest.Cursor{}, 2)
			wants(
				t,
				"the newest reports",
				page,
				[]nest.Report{{Event: report(2), ReceivedAt: 2}, {Event: report(1), ReceivedAt: 1}},
			)
			page, _ = tx.Reports(nest.Cursor{CreatedAt: 1, ID: hex(1)}, 2)
			wants(t, "the rest", page, []nest.Report{{Event: report(0)}})
			if err := tx.DeleteReport(hex(2)); err != nil {
				return err
			}
			count, err := tx.CountReports(hex(1))
			wants(t, "those of a key", count, 2)
			return err
		})
		if events, err := db.QueryEvents(
			t.Context(),
			nest.EventFilter{Kinds: []int{nest.KindReport}},
		); len(events) > 0 ||
			err != nil {
			t.Errorf("a subscription finds %v %v", events, err)
		}
		for _, err := range []error{db.PurgeAudit(t.Context(), 101), db.PurgeReports(t.Context(), 1)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		read(t, db, func(tx nest.Tx) error {
			left, _ := tx.AuditEntries(nest.AuditFilter{Limit: 9})
			wants(t, "the log after the purge", left, acts[:3])
			count, err := tx.CountReports(hex(1))
			wants(t, "reports after the purge", count, 1)
			return err
		})
	})
}

func TestPendingDeliveriesByRelay(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		e := nest.Event{ID: hex(1), PubKey: hex(2), Kind: 1, CreatedAt: 1}
		write(t, db, func(tx nest.Tx) error {
			if _, err := tx.PutEvent(e); err != nil {
				return err
			}
			return tx.QueueDeliveries(id(1), e, []string{"wss://a.example", "wss://b.example", "wss://c.example"}, 10)
		})
		for relay, state := range map[string]nest.DeliveryState{
			"wss://a.example": nest.DeliveryAccepted,
			"wss://b.example": nest.DeliveryRefused,
		} {
			if err := db.PutDelivery(
				t.Context(),
				nest.Delivery{Event: e.ID, Relay: relay, State: state, NextTry: 20, Message: "blocked: no"},
			); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.RelayBacklogs(t.Context(), 9)
		if err != nil {
			t.Fatal(err)
		}
		wants(
			t,
			"what is owed",
			got,
			[]nest.RelayBacklog{
				{Relay: "wss://b.example", State: nest.DeliveryRefused, Count: 1, NextTry: 20, Message: "blocked: no"},
				{Relay: "wss://c.example", State: nest.DeliveryPending, Count: 1, NextTry: 10},
			},
		)
	})
}

func wants(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s", what, fmt.Sprintf("%+v, want %+v", got, want))
	}
}
