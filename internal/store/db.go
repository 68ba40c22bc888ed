package store

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Config says which database to use: PostgreSQL when its URL is set, else the SQLite file at Path.
type Config struct {
	Path     string        // SQLite file; it and its folder are made when missing
	Postgres string        // URL
	Busy     time.Duration // how long to wait for somebody else's lock on the SQLite file; 0: 5 s
}

// DB is an open database. It implements nest.Store and is safe for concurrent use.
type DB struct {
	dialect dialect
	readers *pool
	writers *pool
	auth    batcher
	log     *slog.Logger
	closed  atomic.Bool
}

// dialect is all in which the two databases differ once they are open.
type dialect struct {
	name       string
	beginRead  string // a transaction that sees one snapshot
	beginWrite string // a transaction that is serialised with all others
	beginPlain string // a transaction for single statements that are atomic by themselves
	lockSchema string // run first in a migration so that one process migrates at a time; "" when begin did it
	tables     string // counts tables named $1
	integrity  string // answers 'ok', or what is wrong
	// prepare: statements are prepared by us, once per connection. pgx does so by itself.
	prepare bool
	// attached: statements watch their context. SQLite's are too short to pay a goroutine each for that.
	attached bool
	conflict func(error) bool // the transaction lost against another and may be run again
}

// timeLimit bounds every transaction, waiting for a connection included.
const timeLimit = 15 * time.Second

// Open opens the database and refuses, in a plain sentence, one that is locked, read-only, damaged or newer than this
// binary. It does not change the schema: Migrate does, and everything but Version and CheckIntegrity needs it.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*DB, error) {
	open := openSQLite
	if cfg.Postgres != "" {
		open = openPostgres
	}
	db, err := open(ctx, cfg)
	if err != nil {
		return nil, refusal(err)
	}
	db.log = log
	db.auth.turn = make(chan struct{}, 1)
	if err := db.inspect(ctx); err != nil {
		return nil, refusal(errors.Join(err, db.Close()))
	}
	return db, nil
}

// inspect is what must hold before anybody trusts the file.
func (db *DB) inspect(ctx context.Context) error {
	if err := db.CheckIntegrity(ctx); err != nil {
		return err
	}
	have, err := db.Version(ctx)
	if err != nil {
		return err
	}
	if want := Latest(); have > want {
		return tooNew(have, want)
	}
	return nil
}

// Close waits for the transactions under way and closes the database. Closing again is fine.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	db.writers.drain()
	db.readers.drain()
	return errors.Join(db.readers.db.Close(), db.writers.db.Close())
}

// Ping asks the database for the smallest thing it can answer.
func (db *DB) Ping(ctx context.Context) error {
	return db.read(ctx, func(t *tx) error {
		var one int
		return t.one([]any{&one}, `SELECT 1`)
	})
}

// CheckWrite writes and commits for real: a full disk and a lost permission show at nothing less.
func (db *DB) CheckWrite(ctx context.Context) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE migrations SET name = name WHERE version = 1`)
		return err
	})
}

// CheckIntegrity asks the database whether its file is sound. On a large SQLite file this takes seconds.
func (db *DB) CheckIntegrity(ctx context.Context) error {
	return db.within(ctx, time.Minute, db.readers, db.dialect.beginRead, func(t *tx) error {
		said := ""
		if err := t.one([]any{&said}, db.dialect.integrity); err != nil {
			return err
		}
		if said != "ok" {
			return corrupt(errors.New(said))
		}
		return nil
	})
}
