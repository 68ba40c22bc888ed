package nest_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"nests/internal/nest"
)

func p(pubkey, role string) []string { return []string{"p", pubkey, "", role} }

func status(word string) []string { return []string{"status", word} }

// A published client repeats only d, service, the host's p and the edited tags. The stage and the relays must stay.
func TestEditWithFewerTagsKeepsTheRest(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	w.mustApply(w.space(w.host, id, service, []string{"room", "Morning"}, status("open"), []string{
		"relays", "wss://a.example", "wss://b.example",
	},
		[]string{"image", "https://pics.example/a.png"}, p(w.host.pubkey, "Host")))
	var promoted []string
	for range 5 {
		ann := newKey(t)
		promoted = append(promoted, ann.pubkey)
		w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
	}
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, []string{"room", "Evening"}, status("open"), p(w.host.pubkey, "Host")))
	n := w.nest(id)
	if n.Title != "Evening" || !slices.Equal(n.Relays, []string{"wss://a.example", "wss://b.example"}) ||
		n.Image == "" || n.SignatureDue {
		t.Errorf(
			"after the edit: title %q relays %v image %q signature due %v", n.Title, n.Relays, n.Image, n.SignatureDue,
		)
	}
	for _, pubkey := range promoted {
		if !w.member(id, pubkey).OnStage {
			t.Errorf("%s fell off the stage", pubkey[:8])
		}
	}
}

func TestClaimsAppearAndDisappear(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	ann, bob, eve := newKey(t).pubkey, newKey(t).pubkey, newKey(t).pubkey
	host := p(w.host.pubkey, "Host")
	edit := func(tags ...[]string) {
		w.advance(time.Minute)
		w.mustApply(w.space(w.host, id, append([][]string{service, status("open"), host}, tags...)...))
	}
	edit(p(ann, "Speaker"), p(bob, "Moderator"))
	if !w.member(id, ann).OnStage || w.member(id, bob).Role != nest.RoleAdmin || w.member(id, bob).OnStage {
		t.Fatal("a role that appears is not given")
	}
	edit(p(bob, "Moderator"), p(eve, "Speaker"))
	if w.member(id, ann).OnStage || w.member(id, bob).Role != nest.RoleAdmin || !w.member(id, eve).OnStage {
		t.Error("a role that disappears is not taken, or another one is taken too")
	}
	edit(p(eve, "Moderator"))
	if m := w.member(id, eve); m.Role != nest.RoleAdmin || !m.OnStage {
		t.Error("a speaker who became a moderator lost the stage")
	}
	edit()
	if w.member(id, eve).Role != nest.RoleAdmin {
		t.Error("a space with nothing but the host's p took a role")
	}
	if m := w.member(id, w.host.pubkey); m.Role != nest.RoleHost || !m.OnStage {
		t.Error("a space changed its own host")
	}
}

// Of an API call and a space, the later statement about a member wins.
func TestLaterStatementWins(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	ann := newKey(t).pubkey
	w.mustApply(w.space(w.host, id, service, status("open"), p(w.host.pubkey, "Host")))
	w.advance(time.Minute)
	late := w.space(w.host, id, service, status("open"), p(ann, "Speaker")) // signed now, arrives later
	w.advance(time.Minute)
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: no()})
	w.mustApply(late)
	if w.member(id, ann).OnStage {
		t.Error("a space signed before the demotion undid it")
	}
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, status("open"), p(newKey(t).pubkey, "Speaker")))
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, status("open"), p(ann, "Speaker")))
	if !w.member(id, ann).OnStage {
		t.Error("a space signed after the demotion does not count")
	}
}

func TestStatusIsStatedByEverySpace(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	state := func(word string, more ...[]string) nest.Nest {
		w.advance(time.Minute)
		w.mustApply(w.space(
			w.host, id, append([][]string{service, status(word), p(w.host.pubkey, "Host")}, more...)...,
		))
		return w.nest(id)
	}
	soon := strconv.FormatInt(w.clock.Add(24*time.Hour).Unix(), 10)
	if n := state("closed"); n.Status != nest.Ended || n.EndedAt == 0 {
		t.Errorf("closed: %s", n.Status)
	}
	generation := w.nest(id).Generation
	if n := state("open"); n.Status != nest.Live || n.Generation != generation+1 {
		t.Errorf("open after closed: %s, generation %d", n.Status, n.Generation)
	}
	if n := state("planned", []string{"starts", soon}); n.Status != nest.Planned || n.StartsAt == 0 {
		t.Errorf("planned: %s", n.Status)
	}
	if n := state("live"); n.Status != nest.Live {
		t.Errorf("live: %s", n.Status)
	}
	if n := state("ended"); n.Status != nest.Ended {
		t.Errorf("ended: %s", n.Status)
	}
	later := strconv.FormatInt(w.clock.Add(48*time.Hour).Unix(), 10)
	if n := state("open", []string{"starts", later}); n.Status != nest.Planned {
		t.Errorf("open with a future start: %s", n.Status)
	}
	if n := state("open", []string{"starts", later}, []string{"room", "New title"}); n.Status != nest.Planned {
		t.Errorf("an edit of a planned nest: %s", n.Status)
	}
	if n := state("whatever"); n.Status != nest.Planned {
		t.Errorf("an unknown status: %s", n.Status)
	}
}

func TestSignatureDue(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	w.mustApply(w.space(w.host, id, service, status("open"), p(w.host.pubkey, "Host")))
	w.advance(time.Minute)
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	if n := w.nest(id); n.Status != nest.Ended || !n.SignatureDue {
		t.Errorf("ended by API under an open space: %s, signature due %v", n.Status, n.SignatureDue)
	}
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, status("closed"), p(w.host.pubkey, "Host")))
	if w.nest(id).SignatureDue {
		t.Error("the signature is still due after the host signed")
	}
	if _, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{}); err != nil {
		t.Fatal(err)
	}
	if n := w.nest(id); n.Status != nest.Live || !n.SignatureDue {
		t.Errorf("reopened by API under a closed space: %s, signature due %v", n.Status, n.SignatureDue)
	}
}

// A stale open space, signed before the end by API, must not revive the nest.
func TestEndBeatsAnOlderSpace(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	w.mustApply(w.space(w.host, id, service, status("open")))
	w.advance(time.Minute)
	late := w.space(w.host, id, service, status("open"), []string{"room", "Late"})
	w.advance(time.Minute)
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	w.mustApply(late)
	if n := w.nest(id); n.Status != nest.Ended || n.Title != "Late" || !n.SignatureDue {
		t.Errorf("status %s title %q signature due %v", n.Status, n.Title, n.SignatureDue)
	}
}

func TestOnlyTheHostsNewestSpaceCounts(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	ann := newKey(t)
	w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Admin: yes()})
	first := w.space(w.host, id, service, status("open"), []string{"room", "First"})
	w.advance(time.Minute)
	second := w.space(w.host, id, service, status("open"), []string{"room", "Second"})
	w.mustApply(second)
	for name, e := range map[string]nest.Event{
		"an older one": first, "the same again": second,
		"an admin's":     w.space(ann, id, service, status("closed"), []string{"room", "Mine"}),
		"a non-member's": w.space(newKey(t), id, service, status("closed")),
	} {
		if ok, err := w.ApplySpace(t.Context(), e, ""); ok || err != nil {
			t.Errorf("%s: applied %v, %v", name, ok, err)
		}
	}
	if n := w.nest(id); n.Title != "Second" || n.Status != nest.Live {
		t.Errorf("title %q status %s", n.Title, n.Status)
	}
	w.advance(-time.Hour)
	ahead := w.space(w.host, id, service)
	ahead.CreatedAt = 0
	w.advance(2 * time.Hour)
	future := w.space(w.host, id, service, status("closed"))
	w.advance(-time.Hour)
	_, err := w.ApplySpace(t.Context(), future, "")
	wantCode(t, err, nest.CodeInvalidEvent)
}

func TestDeletionByTheHostEndsTheNest(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	e := w.space(w.host, id, service, status("open"))
	w.mustApply(e)
	w.advance(time.Minute)
	nonMember := nest.Event{
		Kind:      nest.KindDeletion,
		PubKey:    newKey(t).pubkey,
		CreatedAt: w.clock.Unix(),
		Tags:      [][]string{{"e", e.ID}},
	}
	if ok, err := w.ApplyDeletion(t.Context(), nonMember); ok || err != nil {
		t.Fatalf("a non-member's deletion: %v %v", ok, err)
	}
	deletion := nest.Event{ID: "ab", Kind: nest.KindDeletion, PubKey: w.host.pubkey, CreatedAt: w.clock.Unix(),
		Tags: [][]string{{"e", e.ID}, {"a", "30312:" + w.host.pubkey + ":" + id}}}
	if ok, err := w.ApplyDeletion(t.Context(), deletion); !ok || err != nil {
		t.Fatalf("the host's deletion: %v %v", ok, err)
	}
	if n := w.nest(id); n.Status != nest.Ended || n.SpaceID != "" {
		t.Errorf("status %s space %q", n.Status, n.SpaceID)
	}
	if ok, _ := w.ApplySpace(t.Context(), e, ""); ok {
		t.Error("the deleted space came back")
	}
}

// An empty tag clears a value, and a missing tag keeps it.
func TestEmptyTagClearsAValue(t *testing.T) {
	for _, c := range []struct {
		tag, value string
		of         func(nest.Nest) string
	}{
		{"image", "https://pics.example/a.png", func(n nest.Nest) string { return n.Image }},
		{"summary", "How birds build", func(n nest.Nest) string { return n.Summary }},
		{"color", "#3f9c8f", func(n nest.Nest) string { return n.Color }},
	} {
		w := newWorld(t)
		id := w.createNest()
		check := func(want, when string, tags ...[]string) {
			t.Helper()
			w.advance(time.Minute)
			w.mustApply(w.space(w.host, id, append([][]string{service, status("open")}, tags...)...))
			if got := c.of(w.nest(id)); got != want {
				t.Errorf("%s %s: %q", c.tag, when, got)
			}
		}
		with, empty := []string{c.tag, c.value}, []string{c.tag, ""}
		check(c.value, "set", with)
		check(c.value, "after a space without the tag")
		check("", "cleared", empty)
		check(c.value, "set again", with)
		check("", "cleared at once", empty)
	}
}
