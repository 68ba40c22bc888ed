package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"nests/internal/nest"
)

// CodeTool refuses a copy or its return for want of PostgreSQL's own programs.
const CodeTool nest.Code = "store_tool"

// CodeNotEmpty refuses to load a dump over a database that holds something.
const CodeNotEmpty nest.Code = "store_not_empty"

// Kinds of databases, as a backup names them.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Kind is the kind of the database that the configuration means.
func (cfg Config) Kind() string {
	if cfg.Postgres != "" {
		return Postgres
	}
	return SQLite
}

// Dump copies the database, as it is at one instant, into the new file to, while everybody else goes on reading and writing. The
// file is on disk when Dump returns nil; what it holds is for CheckDump and Load of the same kind.
func Dump(ctx context.Context, cfg Config, to string) error {
	dump := dumpSQLite
	if cfg.Kind() == Postgres {
		dump = dumpPostgres
	}
	if err := dump(ctx, cfg, to); err != nil {
		return explainDump(err)
	}
	return explainDump(syncFile(to))
}

// CheckDump reads a dump and says whether the database in it is sound.
func CheckDump(ctx context.Context, kind, path string) error {
	check := checkSQLite
	if kind == Postgres {
		check = checkPostgres
	}
	if err := check(ctx, path); err != nil {
		return explainDump(fmt.Errorf("check dump: %w", err))
	}
	return nil
}

// Load makes a dump the database, which must hold nothing: CodeNotEmpty otherwise, and nothing is changed. The file from is used up.
func Load(ctx context.Context, cfg Config, from string) error {
	if err := CheckEmpty(ctx, cfg); err != nil {
		return err
	}
	load := loadSQLite
	if cfg.Kind() == Postgres {
		load = loadPostgres
	}
	return explainDump(load(ctx, cfg, from))
}

// CheckEmpty refuses a database with something in it, before anything is unpacked.
func CheckEmpty(ctx context.Context, cfg Config) error {
	check := emptySQLite
	if cfg.Kind() == Postgres {
		check = emptyPostgres
	}
	return explainDump(check(ctx, cfg))
}

func notEmpty(what, hint string) error {
	return &nest.Error{Code: CodeNotEmpty, Message: what + " holds something already", Hint: hint}
}

// explainDump is explain for work that also writes outside the database's own disk.
func explainDump(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || nest.CodeOf(err) != "" {
		return err
	}
	if causeOf(err) == CodeDiskFull || errors.Is(err, syscall.ENOSPC) {
		return DiskFull(err)
	}
	return explain(err)
}

// DiskFull is said of the disk that a dump or a backup goes to.
func DiskFull(err error) error {
	return &nest.Error{Code: CodeDiskFull, Message: "The disk has no room for a copy of the database", Err: err,
		Hint: "Free some space or choose another disk: it takes the size of the database and of the backup. Earlier backups are as they were."}
}

// syncFile returns once a file is on disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
