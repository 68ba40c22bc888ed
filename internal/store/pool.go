package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// pool lends connections that keep their prepared statements. database/sql's own pool cannot: a statement prepared
// there is looked up, and on a single connection deadlocks, inside a transaction.
type pool struct {
	db      *sql.DB
	prepare bool
	free    chan *conn // nil stands for a connection that is not open yet
}

type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt // nil: the driver caches
	fresh bool                 // nobody has used it yet
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

// take lends a connection, waiting for one until ctx ends. It must be put back.
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

// put takes a connection back; a broken one is closed and replaced by a new one when it is needed.
func (p *pool) put(c *conn, broken bool) {
	if broken {
		c.close()
		c = nil
	}
	p.free <- c
}

// drain waits for every connection to come back and closes it. Nothing can be taken afterwards.
func (p *pool) drain() {
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			c.close()
		}
	}
}

// close really closes the connection instead of giving it back to database/sql.
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

// queryOnce runs a statement built for this one call, whose text is not worth keeping.
func (c *conn) queryOnce(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.sql.QueryContext(ctx, query, args...)
}
