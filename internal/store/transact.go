package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"nests/internal/nest"
)

// Write runs fn in one serialised transaction, which is on disk when Write returns nil. On PostgreSQL fn runs again
// when the transaction conflicts with another one. When fn returns an error, the transaction is rolled back and Write
// returns that error unchanged.
func (db *DB) Write(ctx context.Context, fn func(nest.Tx) error) error {
	return db.write(ctx, func(t *tx) error { return fn(t) })
}

// Read runs fn on one snapshot of the database.
func (db *DB) Read(ctx context.Context, fn func(nest.Tx) error) error {
	return db.read(ctx, func(t *tx) error { return fn(t) })
}

func (db *DB) write(ctx context.Context, fn func(*tx) error) error {
	return db.within(ctx, timeLimit, db.writers, db.dialect.beginWrite, fn)
}

// writePlain is for statements that are atomic by themselves and depend on nothing read before.
func (db *DB) writePlain(ctx context.Context, fn func(*tx) error) error {
	return db.within(ctx, timeLimit, db.writers, db.dialect.beginPlain, fn)
}

func (db *DB) read(ctx context.Context, fn func(*tx) error) error {
	return db.within(ctx, timeLimit, db.readers, db.dialect.beginRead, fn)
}

// conflictTries bounds how often a transaction runs when it conflicts with others.
const conflictTries = 30

func (db *DB) within(ctx context.Context, limit time.Duration, p *pool, begin string, fn func(*tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for try := 1; ; try++ {
		err, failed := db.once(ctx, p, begin, fn)
		if failed == nil {
			return err
		}
		if try >= conflictTries || !db.dialect.conflict(failed) {
			return unavailable(failed)
		}
		if err := pause(ctx, try); err != nil {
			return unavailable(failed)
		}
	}
}

// once runs fn in one transaction. It returns the error of fn and, separately, the failure of the database, if any.
func (db *DB) once(ctx context.Context, p *pool, begin string, fn func(*tx) error) (result, failed error) {
	c, err := db.begin(ctx, p, begin)
	if err != nil {
		return nil, err
	}
	t := &tx{ctx: ctx, limit: ctx, conn: c}
	if !db.dialect.attached {
		t.ctx = context.WithoutCancel(ctx)
	}
	done := false
	defer func() {
		if !done { // fn returned an error or panicked
			p.put(c, db.rollback(ctx, c) != nil)
		}
	}()
	result = fn(t)
	if result != nil || t.failed != nil {
		return result, t.failed
	}
	if _, err := c.exec(t.ctx, "COMMIT"); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	done = true
	p.put(c, false)
	return nil, nil
}

// begin takes a connection and begins a transaction. A pooled connection may have died since its last use, for example
// because the database restarted. Nothing has run on it yet, so begin tries the next one, up to a newly opened one.
func (db *DB) begin(ctx context.Context, p *pool, begin string) (*conn, error) {
	for {
		c, err := p.take(ctx)
		if err != nil {
			return nil, err
		}
		if _, err = c.exec(ctx, begin); err == nil {
			return c, nil
		}
		_ = db.rollback(ctx, c) // a BEGIN interrupted by its context may have begun
		fresh := c.fresh
		p.put(c, db.dialect.attached)
		if gone := ctx.Err(); gone != nil { // the driver may report that as a bad connection
			return nil, fmt.Errorf("begin: %w", errors.Join(gone, err))
		}
		if fresh || !db.dialect.attached {
			return nil, fmt.Errorf("begin: %w", err)
		}
	}
}

// rollback ignores the cancellation of ctx, and has its own time limit.
func (db *DB) rollback(ctx context.Context, c *conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := c.exec(ctx, "ROLLBACK")
	return err
}

// pause waits a random time that grows with every try, so that two conflicting transactions do not collide again.
func pause(ctx context.Context, try int) error {
	most := min(time.Millisecond<<min(try, 6), 50*time.Millisecond)
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
