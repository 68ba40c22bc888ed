package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// pool lends connections that keep their prepared statements. The pool of database/sql cannot do that: inside a
// transaction it looks a prepared statement up on another connection, which deadlocks when there is only one.
//
// Concurrency: free is the only shared state. A connection belongs to one caller from take to put.
type pool struct {
	db      *sql.DB
	prepare bool
	free    chan *conn // nil stands for a connection that is not open yet
}

type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt // nil: the driver caches
	fresh bool                 // not used yet
}

func newPool(db *sql.DB, size int) *pool {
	db.SetMaxOpenConns(0)
	db.SetConnMaxIdleTime(0)
	p := &pool{db: db, free: make(chan *conn, size)}
	for range size {
		p.free <- nil
	}
	return p
}

// take lends a connection and waits for a free one until ctx ends. The caller must put it back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.free:
		return p.opened(ctx, c)
	default:
	}
	select {
	case c := <-p.free:
		return p.opened(ctx, c)
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
}

func (p *pool) opened(ctx context.Context, c *conn) (*conn, error) {
	if c != nil {
		c.fresh = false
		return c, nil
	}
	open, err := p.db.Conn(ctx)
	if err != nil {
		p.free <- nil
		return nil, fmt.Errorf("connect: %w", err)
	}
	c = &conn{sql: open, fresh: true}
	if p.prepare {
		c.stmts = map[string]*sql.Stmt{}
	}
	return c, nil
}

// put returns a connection to the pool. A broken one is closed; the next take opens a new one in its slot.
func (p *pool) put(c *conn, broken bool) {
	if broken {
		c.close()
		c = nil
	}
	p.free <- c
}

// drain waits for every connection to come back and closes it. Later calls of take wait until their context ends.
func (p *pool) drain() {
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			c.close()
		}
	}
}

// close closes the connection itself; sql.Conn.Close alone would return it to the pool of database/sql.
func (c *conn) close() {
	for _, stmt := range c.stmts {
		stmt.Close()
	}
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn })
	c.sql.Close()
}

func (c *conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := c.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = stmt
	return stmt, nil
}

func (c *conn) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if c.stmts == nil {
		return c.sql.ExecContext(ctx, query, args...)
	}
	stmt, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if c.stmts == nil {
		return c.sql.QueryContext(ctx, query, args...)
	}
	stmt, err := c.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// queryOnce runs a statement built for this one call, so its prepared form is not kept.
func (c *conn) queryOnce(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.sql.QueryContext(ctx, query, args...)
}
