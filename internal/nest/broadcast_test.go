package nest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"nests/internal/nest"
)

// Subscribers receive the event of a call only if it was stored, because nothing else was checked.
func TestOnlyStoredEventsAreBroadcast(t *testing.T) {
	w := newWorld(t)
	var shown []string
	w.Broadcast = func(_ context.Context, e nest.Event) { shown = append(shown, e.ID) }
	const id, lost = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c31", "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c32"
	older := w.space(w.host, id, service, status("open"))
	w.advance(time.Minute)
	first := w.space(w.host, id, service, status("open"), []string{"room", "First"})
	w.advance(time.Minute)
	second := w.space(w.host, id, service, status("open"), []string{"room", "Second"})
	orphan := w.space(w.host, lost, service, status("open"))
	foreign := w.space(newKey(t), id, service, status("open"))
	create := func(e nest.Event) func() error {
		return func() error {
			_, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Space: &e})
			return err
		}
	}
	restart := func(id string, e nest.Event) func() error {
		return func() error {
			_, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{Space: &e})
			return err
		}
	}
	put := func(e nest.Event) func() error {
		return func() error {
			_, err := w.PutSpace(t.Context(), id, w.host.pubkey, e)
			return err
		}
	}
	for _, c := range []struct {
		name  string
		call  func() error
		shown []string
	}{
		{"a create", create(first), []string{first.ID}},
		{"the same create", create(first), nil},
		{"a create again with an older one", create(older), nil},
		{"a restart of a nest that is here, with another's", restart(id, foreign), nil},
		{"a restart of a nest that is here, with one nobody stored", restart(id, second), nil},
		{"an older one", put(older), nil},
		{"a newer one", put(second), []string{second.ID}},
		{"the same", put(second), nil},
		{"an adoption", restart(lost, orphan), []string{orphan.ID}},
	} {
		shown = nil
		if err := c.call(); err != nil || !slices.Equal(shown, c.shown) {
			t.Errorf("%s: broadcast %v, want %v; %v", c.name, shown, c.shown, err)
		}
	}
}
