package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"nests/internal/nest"
)

// dumpPostgres runs pg_dump, which works on one snapshot, for the schema that we live in.
func dumpPostgres(ctx context.Context, cfg Config, to string) error {
	at, err := lookPostgres(ctx, cfg)
	if err != nil {
		return err
	}
	if err := at.hasTool(ctx, "pg_dump"); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out := &failing{Writer: f} // not the file itself: then a full disk would be known to pg_dump alone
	err = at.run(ctx, out, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema="+at.schema)
	return errors.Join(out.err, err, f.Close())
}

// checkPostgres reads the table of contents; the checksum beside the dump stands for the rest.
func checkPostgres(ctx context.Context, path string) error {
	var listed bytes.Buffer
	if err := (postgresAt{}).run(ctx, &listed, "pg_restore", "--list", path); err != nil {
		return err
	}
	if !strings.Contains(listed.String(), " TABLE DATA ") {
		return corrupt(errors.New("pg_restore finds no table in the dump"))
	}
	return nil
}

func emptyPostgres(ctx context.Context, cfg Config) error {
	at, err := lookPostgres(ctx, cfg)
	if err == nil && at.tables > 0 {
		return notEmpty("The PostgreSQL database "+strconv.Quote(at.database),
			"Restore into a new, empty database (createdb), and let `postgres` name it; or drop this one first if nothing in it is needed.")
	}
	return err
}

// loadPostgres is one transaction: it loads all or nothing.
func loadPostgres(ctx context.Context, cfg Config, from string) error {
	at, err := lookPostgres(ctx, cfg)
	if err != nil {
		return err
	}
	if err := at.hasTool(ctx, "pg_restore"); err != nil {
		return err
	}
	err = at.run(ctx, io.Discard, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
		"--schema="+at.schema, "--dbname="+at.database, from)
	return errors.Join(err, os.Remove(from))
}

// postgresAt is a PostgreSQL as its own programs need to know it.
type postgresAt struct {
	env      []string // where and who: never arguments, which every user of the machine can read
	database string
	schema   string
	major    int
	tables   int // in our schema
}

func lookPostgres(ctx context.Context, cfg Config) (postgresAt, error) {
	conf, err := pgx.ParseConfig(cfg.Postgres)
	if err != nil {
		return postgresAt{}, fmt.Errorf("read the PostgreSQL URL: %w", err)
	}
	at := postgresAt{env: postgresEnv(cfg.Postgres, conf), database: conf.Database}
	c, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return at, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	err = c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int / 10000, current_schema(),
		(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema())`).Scan(&at.major, &at.schema, &at.tables)
	return at, err
}

// postgresEnv is libpq's environment for the URL that pgx understands.
func postgresEnv(given string, conf *pgx.ConnConfig) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "NESTS_") })
	env = append(env, "PGHOST="+conf.Host, "PGPORT="+strconv.Itoa(int(conf.Port)), "PGUSER="+conf.User, "PGPASSWORD="+conf.Password,
		"PGDATABASE="+conf.Database, "PGCONNECT_TIMEOUT=5", "PGAPPNAME=nests backup")
	options := conf.RuntimeParams["options"]
	for name, value := range conf.RuntimeParams {
		if name != "options" && name != "application_name" {
			options += " -c " + name + "=" + strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(value)
		}
	}
	env = append(env, "PGOPTIONS="+options)
	if u, err := url.Parse(given); err == nil {
		for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey"} {
			if value := cmp.Or(u.Query().Get(name), os.Getenv("PG"+strings.ToUpper(name))); value != "" {
				env = append(env, "PG"+strings.ToUpper(name)+"="+value)
			}
		}
	}
	return env
}

var majorPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// hasTool refuses a program that is missing, or older than the server: it would not understand it.
func (at postgresAt) hasTool(ctx context.Context, tool string) error {
	var said bytes.Buffer
	if err := at.run(ctx, &said, tool, "--version"); err != nil {
		return err
	}
	found := majorPattern.FindStringSubmatch(said.String())
	if found == nil {
		return noTool(fmt.Sprintf("%s does not say its version", tool), at.major, nil)
	}
	if major, _ := strconv.Atoi(found[1]); major < at.major {
		return noTool(fmt.Sprintf("%s is of PostgreSQL %d, and the server is %d", tool, major, at.major), at.major, nil)
	}
	return nil
}

func noTool(message string, major int, err error) error {
	wanted := "PostgreSQL's client programs"
	if major > 0 {
		wanted = fmt.Sprintf("the client programs of PostgreSQL %d or newer", major)
	}
	return &nest.Error{Code: CodeTool, Message: message, Err: err, Hint: "Install " + wanted + " (Debian: postgresql-client) and put pg_dump and pg_restore on PATH."}
}

// run runs one of PostgreSQL's programs; what it said is in the error.
func (at postgresAt) run(ctx context.Context, out io.Writer, tool string, args ...string) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		return noTool(tool+" is not installed", at.major, err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = at.env, out, &said
	if err := cmd.Run(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("%s: %w: %s", tool, err, strings.TrimSpace(said.String())))
	}
	return nil
}

// failing remembers why writing failed.
type failing struct {
	io.Writer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}
