package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"nests/internal/store"
)

// When the store fails, a webhook counts as new; otherwise its hint would be lost.
func TestWebhookIsNewWhenTheStoreFails(t *testing.T) {
	db, err := store.Open(
		t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, slog.New(slog.DiscardHandler),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := &app{store: db}
	for _, want := range []bool{false, true} {
		if seen, err := a.seenWebhook(t.Context(), "EV_1"); err != nil || seen != want {
			t.Errorf("seen %v, want %v: %v", seen, want, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // the store would wait for 15 s
	defer cancel()
	if seen, err := a.seenWebhook(ctx, "EV_2"); err == nil || seen {
		t.Errorf("seen %v by a closed store, err %v", seen, err)
	}
}
