package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"nests/internal/nest"
)

// Causes of database failures, as diagnostics reports them. At start the server refuses with one of them. During a
// request they are wrapped in nest.CodeStoreUnavailable, where errors.Is(err, &nest.Error{Code: …}) and Cause find
// them.
const (
	CodeDown     nest.Code = "store_down"
	CodeLocked   nest.Code = "store_locked"
	CodeReadOnly nest.Code = "store_readonly"
	CodeCorrupt  nest.Code = "store_corrupt"
	CodeTooNew   nest.Code = "store_too_new"
	CodeDiskFull nest.Code = "disk_full"
)

// CodeInvalidFilter: a filter names more values than one statement takes.
const CodeInvalidFilter nest.Code = "invalid_filter"

// Cause returns the code of this package in err's chain, or "" when the database did not fail.
func Cause(err error) nest.Code {
	for _, code := range []nest.Code{CodeLocked, CodeReadOnly, CodeCorrupt, CodeTooNew, CodeDiskFull, CodeDown} {
		if errors.Is(err, &nest.Error{Code: code}) {
			return code
		}
	}
	return ""
}

// explain adds the cause to a database failure that has none yet.
func explain(err error) error {
	if err == nil || Cause(err) != "" {
		return err
	}
	switch causeOf(err) {
	case CodeLocked:
		return &nest.Error{Code: CodeLocked, Message: "Another program keeps the database locked", Err: err,
			Hint: "Stop the other program that has it open: a second Nests, a backup, or a database browser."}
	case CodeReadOnly:
		return &nest.Error{Code: CodeReadOnly, Message: "The database is read-only", Err: err,
			Hint: "Give the user that runs Nests write permission on the data folder and every file in it. " +
				"PostgreSQL must not be a standby."}
	case CodeCorrupt:
		return corrupt(err)
	case CodeDiskFull:
		return &nest.Error{Code: CodeDiskFull, Message: "The disk of the database is full", Err: err,
			Hint: "Free some space; nothing that was accepted is lost."}
	}
	return &nest.Error{Code: CodeDown, Message: "The database cannot be used", Err: err,
		Hint: "Check that the data folder exists, or that PostgreSQL runs and its URL is correct."}
}

func corrupt(err error) error {
	return &nest.Error{Code: CodeCorrupt, Message: "The database file is damaged", Err: err,
		Hint: "Keep a copy of the file: move the data folder away, then restore the latest backup with " +
			"`nests restore`."}
}

func tooNew(have, want int) error {
	return &nest.Error{Code: CodeTooNew,
		Message: fmt.Sprintf("A newer Nests wrote the database: its schema is %d and this binary knows %d", have, want),
		Hint:    "Start the newer binary again, or restore a backup made before the upgrade."}
}

func causeOf(err error) nest.Code {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return sqliteCause(lite.Code())
	case errors.As(err, &pg):
		return postgresCause(pg.Code)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return CodeReadOnly
	case errors.Is(err, syscall.ENOSPC):
		return CodeDiskFull
	}
	return CodeDown
}

func sqliteCause(code int) nest.Code {
	switch code & 0xff { // the primary code; the rest is detail
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return CodeLocked
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return CodeReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return CodeCorrupt
	case sqlite3.SQLITE_FULL:
		return CodeDiskFull
	}
	return CodeDown
}

// postgresCause reads SQLSTATE (PostgreSQL manual, appendix A).
func postgresCause(state string) nest.Code {
	switch state {
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return CodeLocked
	case "25006", "42501": // read_only_sql_transaction, insufficient_privilege
		return CodeReadOnly
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return CodeCorrupt
	case "53100": // disk_full
		return CodeDiskFull
	}
	return CodeDown
}

// unavailable returns the error that a caller gets when the database fails during a request.
func unavailable(err error) error {
	if errors.Is(err, context.Canceled) {
		return nest.StoreUnavailable(err) // the caller cancelled: nothing to explain
	}
	return nest.StoreUnavailable(explain(err))
}

// refusal returns the error of a failed start: the cause alone, without nest.CodeStoreUnavailable around it.
func refusal(err error) error {
	var e *nest.Error
	for rest := explain(err); errors.As(rest, &e); rest = e.Err {
		if e.Code != nest.CodeStoreUnavailable {
			return e
		}
	}
	return err
}
