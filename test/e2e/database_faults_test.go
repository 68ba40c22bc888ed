package e2e

import (
	"bytes"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"nests/internal/nesttest"
)

// openSQLite opens the server's SQLite file as another program would.
func (s *server) openSQLite() *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir,
		"nests.db")+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		s.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	s.t.Cleanup(func() { db.Close() })
	return db
}

func execSQL(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// expectStartRefused checks that the server ends by itself with exit code 1 and prints these texts on few lines.
func (s *server) expectStartRefused(words ...string) {
	s.t.Helper()
	said := len(s.log.String())
	s.launch()
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		s.t.Fatal("the server neither starts nor ends")
	}
	text := s.log.String()[said:]
	if code := s.cmd.ProcessState.ExitCode(); code != 1 {
		s.t.Errorf("exit code %d", code)
	}
	for _, want := range words {
		if !strings.Contains(text, want) {
			s.t.Errorf("it does not print %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "goroutine ") || strings.Count(text, "\n") > 6 {
		s.t.Errorf("it prints too much:\n%s", text)
	}
}

// The server refuses a database of a newer version and leaves it unchanged. It serves again when the version fits.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	id, _ := s.user().create()
	s.stop()
	db := s.openSQLite()
	execSQL(t, db, `INSERT INTO migrations (version, name) VALUES (999, 'of tomorrow')`)
	s.expectStartRefused("A newer Nests wrote the database: its schema is 999", "Start the newer binary again")
	execSQL(t, db, `DELETE FROM migrations WHERE version = 999`)
	db.Close()
	s.start()
	if a := s.info(id); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
}

// The server refuses a damaged database and leaves it unchanged.
func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	id, _ := s.user().create()
	s.stop()
	path := filepath.Join(s.dir, "nests.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	overwritten := bytes.Clone(whole)
	for i := 4096; i < len(overwritten)-4096; i += 4096 {
		copy(overwritten[i:], bytes.Repeat([]byte("garbage!"), 512))
	}
	for name, content := range map[string][]byte{
		"overwritten": overwritten, "cut off": whole[:len(whole)/2],
		"no database": bytes.Repeat([]byte("hello "), 2000),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s.expectStartRefused("The database file is damaged", "restore the latest backup with `nests restore`")
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s: the refused file was changed: %v", name, err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	if a := s.info(id); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
}

// While another program keeps the database locked, writes fail with 503, reads go on and nobody is disconnected. All
// recovers by itself when the lock is released.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	talker, listener := hearing(t, host, id)
	other := s.openSQLite()
	execSQL(t, other, `BEGIN IMMEDIATE`)
	var all sync.WaitGroup
	for endpoint, ask := range map[string]func() answer{
		"create": func() answer { return host.call(http.MethodPut, "", nil) },
		"join":   func() answer { return ann.call(http.MethodGet, "/"+id, nil) },
		"permissions": func() answer {
			return host.call(http.MethodPost, "/"+id+"/permissions",
				map[string]any{"participant": ann.pubkey, "can_publish": true})
		},
	} {
		all.Go(func() {
			a := ask()
			expectRefusal(t, a, 503, "store_unavailable")
			if a.header.Get("Retry-After") == "" {
				t.Errorf("%s answers without Retry-After", endpoint)
			}
		})
	}
	all.Wait()
	if a := s.info(id); a.status != 200 || len(s.speakers(id)) != 1 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
	s.guest(id)
	nesttest.Eventually(t, 5*time.Second, listener.Hears(host.pubkey))
	if !strings.Contains(s.log.String(), "Another program keeps the database locked") {
		t.Error("the log does not have why")
	}
	execSQL(t, other, `ROLLBACK`)
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	nesttest.Speaker(t, s.ws(), ann.join(id))
	nesttest.Eventually(t, 5*time.Second, listener.Hears(ann.pubkey))
	if talker.Reason() != "" || listener.Reason() != "" {
		t.Errorf("a participant was disconnected: %s %s", talker.Reason(), listener.Reason())
	}
}
