package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

var postgresDialect = dialect{
	name:       "postgres",
	beginRead:  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	beginWrite: "BEGIN ISOLATION LEVEL SERIALIZABLE",
	beginPlain: "BEGIN ISOLATION LEVEL READ COMMITTED",
	lockSchema: `SELECT pg_advisory_xact_lock(5544)`,
	tables: `SELECT COUNT(*) FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_name = $1`,
	integrity: `SELECT 'ok'`, // PostgreSQL's checksums and its operators cover this
	attached:  true,
	conflict: func(err error) bool {
		var pg *pgconn.PgError
		return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
	},
}

// Connections of one process. Only a few write: serialisable transactions that wait here do not abort each other there.
const (
	postgresReaders = 12
	postgresWriters = 6
)

func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	conf, err := pgx.ParseConfig(cfg.Postgres)
	if err != nil {
		return nil, fmt.Errorf("read the PostgreSQL URL: %w", err)
	}
	conf.ConnectTimeout = cmp.Or(conf.ConnectTimeout, 5*time.Second)
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "nests"
	}
	open := stdlib.OpenDB(*conf)
	db := &DB{
		dialect: postgresDialect,
		writers: newPool(open, postgresWriters),
		readers: newPool(open, postgresReaders),
	}
	c, err := db.readers.take(ctx)
	if err != nil {
		return nil, errors.Join(err, open.Close())
	}
	db.readers.put(c, false)
	return db, nil
}
