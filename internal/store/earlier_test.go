package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/nest"
)

// A database of any earlier schema opens: its nest is unchanged and everything works on it.
func TestEveryEarlierSchemaOpens(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range all[:len(all)-1] {
		t.Run(last.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "nests.db")
			earlier(t, path, all[:last.version])
			db := openFile(t, path)
			if version, err := db.Version(t.Context()); err != nil || version != Latest() {
				t.Errorf("schema %d: %v", version, err)
			}
			err := db.Write(t.Context(), func(tx nest.Tx) error {
				n, err := tx.Nest("kept")
				if err != nil || n.Title != "Morning coffee" || n.Host != "h" {
					t.Errorf("the nest is %+v: %v", n, err)
				}
				n.Title = "Evening tea"
				return tx.PutNest(n)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// earlier makes a database as an earlier version left it.
func earlier(t *testing.T, path string, known []migration) {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, m := range known {
		if err := db.writePlain(t.Context(), func(tx *tx) error { _, err := db.apply(tx, m); return err }); err != nil {
			t.Fatal(err)
		}
	}
	columns := map[string]string{
		"id":     "'kept'",
		"host":   "'h'",
		"status": "'live'",
		"access": "'open'",
		"title":  "'Morning coffee'",
	}
	for _, list := range []string{"hashtags", "relays"} {
		columns[list] = "'[]'"
	}
	for _, text := range strings.Fields("summary image color room_sid stale_sid space_id") {
		columns[text] = "''"
	}
	numbers := "guests hls created_at updated_at starts_at ended_at status_at access_at revision generation " +
		"signature_owed recording"
	for _, number := range strings.Fields(numbers) {
		columns[number] = "0"
	}
	var names, values []string
	for name, value := range columns {
		names, values = append(names, name), append(values, value)
	}
	err = db.writePlain(t.Context(), func(tx *tx) error {
		_, err := tx.exec(
			fmt.Sprintf("INSERT INTO nests (%s) VALUES (%s)", strings.Join(names, ", "), strings.Join(values, ", ")),
		)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
