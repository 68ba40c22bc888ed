package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"nests/internal/nest"
)

// CodeTool: dump or load needs PostgreSQL's client programs, which are missing or too old.
const CodeTool nest.Code = "store_tool"

// CodeNotEmpty: a dump is only loaded into an empty database.
const CodeNotEmpty nest.Code = "store_not_empty"

// Kinds of databases, as stored in a backup.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Kind returns the kind of the configured database.
func (cfg Config) Kind() string {
	if cfg.Postgres != "" {
		return Postgres
	}
	return SQLite
}

// Dump copies one snapshot of the database into the new file to, without blocking readers or writers. The file is on
// disk when Dump returns nil. CheckDump and Load of the same kind read it.
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

// CheckDump reads a dump and returns an error when the database in it is damaged.
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

// Load turns a dump into the database. It changes nothing and returns CodeNotEmpty when the database is not empty. Load
// consumes the file from.
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

// CheckEmpty returns CodeNotEmpty when the database holds anything.
func CheckEmpty(ctx context.Context, cfg Config) error {
	check := emptySQLite
	if cfg.Kind() == Postgres {
		check = emptyPostgres
	}
	return explainDump(check(ctx, cfg))
}

func notEmpty(what, hint string) error {
	return &nest.Error{Code: CodeNotEmpty, Message: what + " is not empty", Hint: hint}
}

// explainDump is explain for work that also writes to another disk than the database's.
func explainDump(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || nest.CodeOf(err) != "" {
		return err
	}
	if causeOf(err) == CodeDiskFull || errors.Is(err, syscall.ENOSPC) {
		return DiskFull(err)
	}
	return explain(err)
}

// DiskFull returns the error for a full disk that a dump or a backup is written to.
func DiskFull(err error) error {
	return &nest.Error{
		Code:    CodeDiskFull,
		Message: "The disk has no room for a copy of the database",
		Hint: "Free some space or choose another disk. A backup needs the size of the database plus that of the " +
			"backup file. Earlier backups are unchanged.",
		Err: err,
	}
}

// syncFile returns once the file is on disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
