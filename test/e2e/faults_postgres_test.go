package e2e

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// postgresFaults are faults of a PostgreSQL.
func postgresFaults(t *testing.T, all *table) {
	if os.Getenv("NESTS_TEST_POSTGRES") != "" {
		t.Skip("a PostgreSQL that is not ours is not stopped")
	}
	pg, err := nesttest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Close() })
	at := pg.Database(t)
	s := startServer(t, "NESTS_RATE_LIMITS=off", "NESTS_POSTGRES="+at)
	id, _ := s.user().create()
	s.becomesHealthy(id, faultLimit)
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	all.expectVerdicts(s, fault{
		name:   "PostgreSQL stopped",
		nest:   id,
		report: diagnose.StoreDown,
		doctor: diagnose.StoreDown,
		url:    diagnose.StoreDown,
	})
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	s.becomesHealthy(id, faultLimit)

	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	name := u.Path[1:]
	restricted := func(sql string) {
		execPostgres(t, at, sql,
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nests'`)
	}
	restricted(`ALTER DATABASE ` + name + ` SET default_transaction_read_only = on`)
	all.expectVerdicts(s, fault{
		name:   "PostgreSQL takes no writes",
		nest:   id,
		report: diagnose.StoreReadOnly,
		doctor: diagnose.StoreReadOnly,
		url:    diagnose.StoreReadOnly,
	})
	execPostgres(t, at, `SET default_transaction_read_only = off`,
		`ALTER DATABASE `+name+` RESET default_transaction_read_only`)
	restricted(`SELECT 1`)
	s.becomesHealthy(id, faultLimit)

	s.stop()
	execPostgres(t, at, `INSERT INTO migrations (version, name) VALUES (999, 'of tomorrow')`)
	all.expectVerdicts(s, fault{
		name:   "pair: PostgreSQL of a newer version, server stopped",
		doctor: diagnose.StoreTooNew,
	})
	execPostgres(t, at, `DELETE FROM migrations WHERE version = 999`)
	s.env = append(s.env, "NESTS_POSTGRES=postgres://127.0.0.1:"+strconv.Itoa(nesttest.FreePort(t, "tcp"))+"/nests")
	all.expectVerdicts(s, fault{
		name:   "pair: PostgreSQL refuses connections, server stopped",
		doctor: diagnose.StoreDown,
	})

	allow(t, u.Query().Get("host"))
	execPostgres(t, at, `CREATE ROLE locked LOGIN PASSWORD 'the-right-password' SUPERUSER`, `SELECT pg_reload_conf()`)
	as := func(password string) []string {
		q := u.Query()
		q.Set("user", "locked")
		q.Set("password", password)
		locked := *u
		locked.RawQuery = q.Encode()
		return []string{"NESTS_POSTGRES=" + locked.String()}
	}
	s.env = as("a-wrong-password")
	s.secrets.add("a-wrong-password", "the-right-password")
	all.expectVerdicts(s, fault{
		name:   "pair: PostgreSQL's password is wrong, server stopped",
		doctor: diagnose.StoreDown,
	})
	s.env = as("the-right-password")
	s.start()
	s.becomesHealthy(id, faultLimit)
}

// execPostgres runs statements on the server's database, without the server.
func execPostgres(t *testing.T, at string, statements ...string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	for _, sql := range statements {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// allow permits a role to log in by password, before the rule that trusts everyone.
func allow(t *testing.T, folder string) {
	t.Helper()
	path := filepath.Join(folder, "data", "pg_hba.conf")
	rules, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append([]byte("local all locked scram-sha-256\n"), rules...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
