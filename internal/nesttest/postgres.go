package nesttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresServer is a real PostgreSQL for the tests of one process, on a Unix socket in a folder of its own. Its
// data is not safe: fsync is off. Every test takes a fresh database from it.
type PostgresServer struct {
	admin  *url.URL // the database "postgres"
	folder string   // "" when the server is not ours to start and stop
	bin    string
	owner  *syscall.Credential // nil: the server runs as the user of the tests
	stop   func() error
	made   atomic.Int64
}

// sharedPostgres is the server of all tests of this process that ask for a database by Postgres. The first one
// starts it.
var sharedPostgres = sync.OnceValues(StartPostgres)

// Postgres returns the URL of an empty database on a server that the tests of this process share. A TestMain calls
// ClosePostgres at its end. A test that stops its server starts one of its own by StartPostgres.
func Postgres(t testing.TB) string {
	t.Helper()
	postgresUsed.Store(true)
	server, err := sharedPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return server.Database(t)
}

var postgresUsed atomic.Bool

// ClosePostgres stops the shared server and removes its data.
func ClosePostgres() error {
	if !postgresUsed.Load() {
		return nil
	}
	server, err := sharedPostgres()
	if err != nil {
		return nil // the test that asked for it has failed
	}
	return server.Close()
}

// StartPostgres runs the newest PostgreSQL installed, or uses the one whose URL is in NESTS_TEST_POSTGRES.
func StartPostgres() (*PostgresServer, error) {
	if given := os.Getenv("NESTS_TEST_POSTGRES"); given != "" {
		admin, err := url.Parse(given)
		return &PostgresServer{admin: admin}, err
	}
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{bin: bin}
	if s.folder, err = os.MkdirTemp("", "nests-pg-"); err != nil {
		return nil, err
	}
	// Many tests begin at once, and the machine may be busy.
	s.admin = &url.URL{Scheme: "postgres", Path: "/postgres",
		RawQuery: url.Values{"host": {s.folder}, "user": {"nests"}, "connect_timeout": {"30"}}.Encode()}
	if err = s.create(); err == nil {
		err = s.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL for the tests: %w", err), s.Close())
	}
	return s, nil
}

// Database creates an empty database for one test, which drops it at its end, and returns its URL.
func (s *PostgresServer) Database(t testing.TB) string {
	t.Helper()
	url, drop, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	return url
}

// NewDatabase creates an empty database and returns its URL. On the server of NESTS_TEST_POSTGRES the caller must
// call drop. On one that was started here drop does nothing: the database is removed together with all the data.
func (s *PostgresServer) NewDatabase(ctx context.Context) (url string, drop func() error, err error) {
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), s.made.Add(1))
	if err := s.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", nil, fmt.Errorf("create database %s: %w", name, err)
	}
	drop = func() error { return nil }
	if s.folder == "" {
		drop = func() error {
			if err := s.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
				return fmt.Errorf("drop database %s: %w", name, err)
			}
			return nil
		}
	}
	return s.url(name), drop, nil
}

func (s *PostgresServer) url(database string) string {
	at := *s.admin
	at.Path = "/" + database
	return at.String()
}

// Start starts the server, again after a Stop, and returns once it answers.
func (s *PostgresServer) Start() error {
	cmd := s.command("postgres", "-D", s.data(), "-k", s.folder, "-c", "listen_addresses=", "-c", "max_connections=200",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	exited, err := startBound(cmd)
	if err != nil {
		return err
	}
	s.stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGINT) // fast shutdown: it ends the sessions and loses nothing
		return <-exited
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		if err = s.exec(ctx, "SELECT 1"); err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("%w; its log: %s", err, text)
		}
	}
}

// Stop stops the server and keeps its data for the next Start.
func (s *PostgresServer) Stop() error {
	if s.stop == nil {
		return nil
	}
	defer func() { s.stop = nil }()
	return s.stop()
}

// Close stops the server and removes its data.
func (s *PostgresServer) Close() error {
	err := s.Stop()
	if s.folder != "" {
		err = errors.Join(err, os.RemoveAll(s.folder))
	}
	return err
}

func (s *PostgresServer) exec(ctx context.Context, sql string) error {
	c, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	return err
}

func (s *PostgresServer) data() string { return filepath.Join(s.folder, "data") }

// create creates the cluster. PostgreSQL refuses to run as root, so tests that run as root start it as the user
// postgres.
func (s *PostgresServer) create() error {
	if os.Getuid() == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("find the user to run it as: %w", err)
		}
		var uid, gid uint32
		if _, err := fmt.Sscan(owner.Uid+" "+owner.Gid, &uid, &gid); err != nil {
			return err
		}
		s.owner = &syscall.Credential{Uid: uid, Gid: gid}
		if err := os.Chown(s.folder, int(uid), int(gid)); err != nil {
			return err
		}
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "nests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
		"-N").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (s *PostgresServer) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return cmd
}

func postgresBin() (string, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(bins) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			bins = []string{path}
		}
	}
	if len(bins) == 0 {
		return "", errors.New("PostgreSQL is not installed, and these tests need it: apt-get install postgresql, " +
			"or set NESTS_TEST_POSTGRES to a server's URL")
	}
	slices.SortFunc(bins, func(a, b string) int { // 9 < 15
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return filepath.Dir(bins[len(bins)-1]), nil
}
