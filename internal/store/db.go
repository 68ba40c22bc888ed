package store

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Config selects the database: PostgreSQL when its URL is set, else the SQLite file at Path.
type Config struct {
	Path     string        // SQLite file; created with its folder when missing
	Postgres string        // URL
	Busy     time.Duration // how long to wait for another program's lock on the SQLite file; 0: 5 s
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

// dialect holds all differences between the two databases once they are open.
type dialect struct {
	name       string
	beginRead  string // a transaction that sees one snapshot
	beginWrite string // a transaction serialised with all others
	beginPlain string // a transaction for single statements that are atomic by themselves
	lockSchema string // first statement of a migration, which makes processes take turns; "" when begin locks
	tables     string // counts tables named $1
	integrity  string // returns 'ok' or the fault
	// prepare: this package prepares each statement once per connection. pgx does that itself.
	prepare bool
	// attached: statements stop when their context ends. For SQLite that costs a goroutine per statement, and its
	// statements are too short to be worth it.
	attached bool
	conflict func(error) bool // the transaction conflicted with another and may run again
}

// timeLimit bounds every transaction, waiting for a connection included.
const timeLimit = 15 * time.Second

// Open opens the database. It refuses one that is locked, read-only, damaged or newer than this binary. It does not
// change the schema: call Migrate before anything but Version and CheckIntegrity.
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

// inspect checks that the file is sound and its schema is not newer than this binary.
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

// Close waits for running transactions and closes the database. A second call does nothing.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	db.writers.drain()
	db.readers.drain()
	return errors.Join(db.readers.db.Close(), db.writers.db.Close())
}

// Ping runs the smallest possible query.
func (db *DB) Ping(ctx context.Context) error {
	return db.read(ctx, func(t *tx) error {
		var one int
		return t.one([]any{&one}, `SELECT 1`)
	})
}

// CheckWrite writes and commits: only a real write shows a full disk or a lost permission.
func (db *DB) CheckWrite(ctx context.Context) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE migrations SET name = name WHERE version = 1`)
		return err
	})
}

// CheckIntegrity runs the quick check of the database. On a large SQLite file it takes seconds.
func (db *DB) CheckIntegrity(ctx context.Context) error {
	return db.within(ctx, time.Minute, db.readers, db.dialect.beginRead, func(t *tx) error {
		answer := ""
		if err := t.one([]any{&answer}, db.dialect.integrity); err != nil {
			return err
		}
		if answer != "ok" {
			return corrupt(errors.New(answer))
		}
		return nil
	})
}
