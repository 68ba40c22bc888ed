package nest_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nests/internal/nest"
	"nests/internal/nip"
)

// The invariants of the domain hold after every step of a random history: API calls and spaces by any user, in any
// order and with any date. rapid shrinks a failing history to the shortest one.
func TestInvariantsOverRandomHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		people := []key{w.host, newKey(t), newKey(t)}
		ids := []string{w.createNest()}
		who := func() key { return people[rapid.IntRange(0, len(people)-1).Draw(rt, "who")] }
		which := func() string { return ids[rapid.IntRange(0, len(ids)-1).Draw(rt, "nest")] }
		flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		fine := func(err error) {
			var refusal *nest.Error
			if err != nil && (!errors.As(err, &refusal) || refusal.Code == nest.CodeStoreUnavailable) {
				rt.Fatalf("not a refusal: %v", err)
			}
		}
		endedByAPI := map[string]int64{}
		rt.Repeat(map[string]func(*rapid.T){
			"time passes": func(rt *rapid.T) {
				w.advance(time.Duration(rapid.IntRange(1, 7200).Draw(rt, "seconds")) * time.Second)
			},
			"create": func(*rapid.T) {
				if len(ids) < 3 {
					ids = append(ids, w.createNest())
				}
			},
			"permit": func(*rapid.T) {
				on, admin := flag("on"), flag("admin")
				c := nest.PermissionChange{Participant: who().pubkey, Publish: &on}
				if flag("role") {
					c.Publish, c.Admin = nil, &admin
				}
				_, err := w.ChangePermissions(t.Context(), which(), who().pubkey, c)
				fine(err)
			},
			"ban":  func(*rapid.T) { fine(w.Remove(t.Context(), which(), who().pubkey, who().pubkey, flag("ban"))) },
			"lift": func(*rapid.T) { fine(w.LiftBan(t.Context(), which(), who().pubkey, who().pubkey)) },
			"end": func(*rapid.T) {
				id := which()
				before := w.nest(id).Status
				err := w.End(t.Context(), id, who().pubkey)
				fine(err)
				if err == nil && before != nest.Ended {
					endedByAPI[id] = w.clock.UnixMilli()
				}
			},
			"restart": func(*rapid.T) {
				id := which()
				if _, err := w.Restart(
					t.Context(), id, who().pubkey, nest.RestartRequest{Force: flag("force")},
				); err == nil {
					delete(endedByAPI, id)
				} else {
					fine(err)
				}
			},
			"space": func(rt *rapid.T) {
				id := which()
				word := rapid.SampledFrom([]string{
					"open", "private", "closed", "planned", "live", "ended", "odd", "",
				}).Draw(rt, "status")
				tags := [][]string{service, status(word), p(w.host.pubkey, "Host")}
				if flag("claims") {
					tags = append(
						tags,
						p(
							who().pubkey,
							rapid.SampledFrom([]string{"Speaker", "Moderator", "Listener"}).Draw(rt, "role"),
						),
					)
				}
				e := nest.Event{
					Kind:      nest.KindSpace,
					CreatedAt: w.clock.Unix() + int64(rapid.IntRange(-7200, 1200).Draw(rt, "dated")),
					Tags:      append([][]string{{"d", id}}, tags...),
				}
				if err := nip.Sign(who().secret, &e); err != nil {
					rt.Fatal(err)
				}
				applied, err := w.ApplySpace(t.Context(), e, "")
				fine(err)
				if applied && w.nest(id).Status != nest.Ended {
					if at, over := endedByAPI[id]; over && e.CreatedAt*1000+999 < at {
						rt.Fatal("a space signed before the end by API revived the nest")
					}
					delete(endedByAPI, id)
				}
			},
			"": func(rt *rapid.T) {
				for _, id := range ids {
					holds(rt, w, id, people)
				}
			},
		})
	})
}

// holds checks the invariants of a nest, which are true after every commit.
func holds(rt *rapid.T, w *world, id string, people []key) {
	n := w.nest(id)
	_, info := w.Info(w.t.Context(), id, nest.Caller{})
	if (n.Status == nest.Ended) != (nest.CodeOf(info) == nest.CodeEnded) || nest.CodeOf(info) == nest.CodeNotFound {
		rt.Fatalf("the row is %s, info returns %v", n.Status, info)
	}
	for _, who := range people {
		m := w.member(id, who.pubkey)
		_, join := w.Join(w.t.Context(), id, who.pubkey, "")
		pass, gate := w.Admit(w.t.Context(), id, who.pubkey)
		if nest.CodeOf(join) != nest.CodeOf(gate) || (nest.CodeOf(join) == nest.CodeEnded) != (n.Status == nest.Ended) {
			rt.Fatalf("join returns %v, the gate %v, the row is %s", join, gate, n.Status)
		}
		if m.Banned && (join == nil || m.OnStage && m.StageAt < m.BannedAt) {
			rt.Fatalf("a banned key: join returns %v, %+v", join, m)
		}
		if join == nil && pass.Grant.Publish != m.OnStage {
			rt.Fatalf("the grant has publish %v, the row on stage %v", pass.Grant.Publish, m.OnStage)
		}
		if (m.Role == nest.RoleHost) != (who.pubkey == n.Host) {
			rt.Fatalf("the host changed: %+v", m)
		}
	}
	if n.SpaceID == "" {
		return
	}
	err := w.Store.Read(w.t.Context(), func(tx nest.Tx) error {
		newest, err := tx.Addressable(nest.KindSpace, n.Host, id)
		if err == nil && newest.ID != n.SpaceID {
			rt.Fatalf("the row follows space %s, the newest is %s", n.SpaceID, newest.ID)
		}
		if err != nil {
			return err
		}
		space, err := w.Codec.ParseSpace(newest)
		closed := space.Status == nest.SpaceClosed
		if err == nil && space.Status != nest.SpaceUnknown && closed != (n.Status == nest.Ended) && !n.SignatureDue {
			rt.Fatalf("the space states %s, the row %s, and no signature is due", space.Status, n.Status)
		}
		return err
	})
	if err != nil {
		rt.Fatal(err)
	}
}
