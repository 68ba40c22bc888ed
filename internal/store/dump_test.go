package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

// fresh returns the configuration of an empty database of the same kind.
func fresh(t testing.TB, kind string) store.Config {
	t.Helper()
	if kind == store.Postgres {
		return store.Config{Postgres: postgres.Database(t)}
	}
	return store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}
}

func eachKind(t *testing.T, test func(t *testing.T, kind string)) {
	for _, kind := range []string{store.SQLite, store.Postgres} {
		t.Run(kind, func(t *testing.T) { test(t, kind) })
	}
}

// A dump holds the snapshot of its start and loads into an empty database only. A damaged dump is refused.
func TestDumpAndLoad(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		from, to := fresh(t, kind), fresh(t, kind)
		db := open(t, from)
		putNest(t, db, nest.Nest{ID: id(1), Title: "Kaffee & Kuchen ☕"})
		write(t, db, func(tx nest.Tx) error {
			return tx.PutMember(nest.Member{Nest: id(1), Pubkey: hex(2), Role: nest.RoleAdmin})
		})
		path := filepath.Join(t.TempDir(), "dump")
		if err := store.Dump(t.Context(), from, path); err != nil {
			t.Fatal(err)
		}
		putNest(t, db, nest.Nest{ID: id(2)}) // after the dump
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the dump is %v: %v", info.Mode(), err)
		}
		if err := store.CheckDump(t.Context(), kind, path); err != nil {
			t.Error(err)
		}
		if err := store.Load(t.Context(), from, path); nest.CodeOf(err) != store.CodeNotEmpty {
			t.Errorf("over a database in use: %v", err)
		}
		if err := store.Load(t.Context(), to, path); err != nil {
			t.Fatal(err)
		}
		read(t, open(t, to), func(tx nest.Tx) error {
			n, err := tx.Nest(id(1))
			if err != nil || n.Title != "Kaffee & Kuchen ☕" {
				t.Errorf("%+v %v", n, err)
			}
			if members, err := tx.Members(id(1)); err != nil || len(members) != 1 {
				t.Errorf("%+v %v", members, err)
			}
			if _, err := tx.Nest(id(2)); err == nil {
				t.Error("the dump holds a nest created after it")
			}
			return nil
		})
		broken := filepath.Join(t.TempDir(), "broken")
		if err := os.WriteFile(broken, []byte(long("no dump at all ", 2000)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := store.CheckDump(t.Context(), kind, broken); err == nil {
			t.Error("a file that is no dump passes the check")
		}
		if err := store.Load(t.Context(), fresh(t, kind), broken); kind == store.Postgres && err == nil {
			t.Error("a file that is no dump was loaded")
		}
	})
}

// The error for missing or old PostgreSQL programs names what to install and holds no password.
func TestPostgresProgramsMissingOrOld(t *testing.T) {
	cfg := fresh(t, store.Postgres)
	open(t, cfg)
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	for name, want := range map[string]string{
		"missing": "pg_dump is not installed",
		"old":     "pg_dump is from PostgreSQL 9",
	} {
		if name == "old" {
			if err := os.WriteFile(
				filepath.Join(empty, "pg_dump"),
				[]byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n"),
				0o700,
			); err != nil {
				t.Fatal(err)
			}
		} else {
			os.Remove(filepath.Join(empty, "pg_dump"))
		}
		err := store.Dump(t.Context(), cfg, filepath.Join(t.TempDir(), "dump"))
		refusal, _ := errors.AsType[*nest.Error](err)
		if nest.CodeOf(err) != store.CodeTool || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(refusal.Hint, "postgresql-client") {
			t.Errorf("%s: the hint is %q", name, refusal.Hint)
		}
	}
}
