package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"nests/internal/nesttest"
)

// expectCommandRefused runs a command that cannot use its database. It must end with exit code 1, print nothing on
// standard output, and on standard error an error, a hint, no stack and no secret.
func (s *server) expectCommandRefused(command string, sentence, remedy string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, binary(s.t), command)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), isNestsVariable),
		"NESTS_HTTP_ADDR=127.0.0.1:"+strconv.Itoa(s.port), "NESTS_DATA_DIR="+s.dir,
		"NESTS_MEDIA_UDP_PORT="+strconv.Itoa(s.udp), "NESTS_MEDIA_TCP_PORT=0",
		"NESTS_METRICS_ADDR=off", "NESTS_LOG_LEVEL=warn")
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		s.t.Errorf("nests %s ended with %v; want exit code 1", command, err)
	}
	text := said.String()
	if !strings.Contains(text, sentence) || !strings.Contains(text, remedy) {
		s.t.Errorf("nests %s does not say %q and %q:\n%s", command, sentence, remedy, text)
	}
	if out.Len() > 0 || strings.Contains(text, "goroutine ") || strings.Contains(text, "panic") ||
		strings.Count(text, "\n") > 4 {
		s.t.Errorf("nests %s prints too much:\n%s%s", command, out.String(), text)
	}
	if leaks := s.secrets.leaks(text); len(leaks) > 0 || strings.Contains(text, "hunter2") {
		s.t.Errorf("nests %s shows a secret:\n%s", command, text)
	}
}

const locked, closeIt = "Another program keeps the database locked", "Stop the other program that has it open"

// At the start the server waits for a database that another program keeps locked, then refuses it. It serves once the
// lock is released.
func TestLockedDatabaseAtStart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	id, _ := s.user().create()
	s.stop()
	other := s.openSQLite()
	execSQL(t, other, `BEGIN IMMEDIATE`)
	s.expectCommandRefused("serve", locked, closeIt)
	execSQL(t, other, `ROLLBACK`)
	execSQL(t, other, `PRAGMA locking_mode = EXCLUSIVE`)
	execSQL(t, other, `CREATE TABLE theirs (a INTEGER)`)
	s.expectCommandRefused("serve", locked, closeIt)
	s.expectCommandRefused("migrate", locked, closeIt)
	execSQL(t, other, `PRAGMA locking_mode = NORMAL`)
	execSQL(t, other, `DROP TABLE theirs`) // the lock is released at the next use of the file

	execSQL(t, other, `BEGIN IMMEDIATE`) // a short lock, such as that of a backup program, only delays the start
	s.launch()
	nesttest.Never(t, time.Second, func() string {
		select {
		case <-s.done:
			return "the server did not wait for a lock of a second"
		default:
			return ""
		}
	})
	execSQL(t, other, `ROLLBACK`)
	nesttest.Eventually(t, 20*time.Second, s.notReady)
	if a := s.info(id); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
}

// Both commands that open a PostgreSQL database refuse an unusable one with the same messages as for SQLite.
func TestRefusedPostgres(t *testing.T) {
	t.Parallel()
	url := nesttest.Postgres(t)
	s := startServer(t, "NESTS_POSTGRES="+url)
	id, _ := s.user().create()
	s.stop()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	execSQL(t, db, `INSERT INTO migrations (version, name) VALUES (999, 'of tomorrow')`)
	for _, command := range []string{"serve", "migrate"} {
		s.expectCommandRefused(command, "A newer Nests wrote the database: its schema is 999",
			"Start the newer binary again")
	}
	execSQL(t, db, `DELETE FROM migrations WHERE version = 999`)

	s.env = []string{"NESTS_POSTGRES=postgres://nests:hunter2@127.0.0.1:" +
		strconv.Itoa(nesttest.FreePort(t, "tcp")) + "/nests"}
	for _, command := range []string{"serve", "migrate"} {
		s.expectCommandRefused(command, "The database cannot be used", "that PostgreSQL runs and its URL is correct")
	}
	s.env = []string{"NESTS_POSTGRES=" + url}
	s.start()
	if a := s.info(id); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
}
