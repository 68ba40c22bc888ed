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

// dumpPostgres runs pg_dump, which reads one snapshot, for the schema of this server.
func dumpPostgres(ctx context.Context, cfg Config, to string) error {
	at, err := inspectPostgres(ctx, cfg)
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
	out := &errorWriter{Writer: f} // not the file itself: only pg_dump would see a full disk then
	err = at.run(ctx, out, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema="+at.schema)
	return errors.Join(out.err, err, f.Close())
}

// checkPostgres reads the table of contents. The checksum beside the dump covers the rest.
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
	at, err := inspectPostgres(ctx, cfg)
	if err == nil && at.tables > 0 {
		return notEmpty("The PostgreSQL database "+strconv.Quote(at.database),
			"Restore into a new, empty database (createdb) and set `postgres` to it, or drop this one first if you "+
				"need nothing in it.")
	}
	return err
}

// loadPostgres loads all or nothing, in one transaction.
func loadPostgres(ctx context.Context, cfg Config, from string) error {
	at, err := inspectPostgres(ctx, cfg)
	if err != nil {
		return err
	}
	if err := at.hasTool(ctx, "pg_restore"); err != nil {
		return err
	}
	err = at.run(ctx, io.Discard, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner",
		"--no-privileges", "--schema="+at.schema, "--dbname="+at.database, from)
	return errors.Join(err, os.Remove(from))
}

// postgresAt is a PostgreSQL server as PostgreSQL's client programs need it.
type postgresAt struct {
	env      []string // address and credentials; never arguments, which every user of the machine can read
	database string
	schema   string
	major    int
	tables   int // in the schema
}

// inspectPostgres connects and reads version, schema and number of tables.
func inspectPostgres(ctx context.Context, cfg Config) (postgresAt, error) {
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
		(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema())`).
		Scan(&at.major, &at.schema, &at.tables)
	return at, err
}

// postgresEnv translates a URL that pgx parsed into libpq's environment variables.
func postgresEnv(given string, conf *pgx.ConnConfig) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "NESTS_")
	})
	env = append(env,
		"PGHOST="+conf.Host,
		"PGPORT="+strconv.Itoa(int(conf.Port)),
		"PGUSER="+conf.User,
		"PGPASSWORD="+conf.Password,
		"PGDATABASE="+conf.Database,
		"PGCONNECT_TIMEOUT=5",
		"PGAPPNAME=nests backup",
	)
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

// hasTool returns an error when the program is missing or older than the server, whose protocol it would not know.
func (at postgresAt) hasTool(ctx context.Context, tool string) error {
	var output bytes.Buffer
	if err := at.run(ctx, &output, tool, "--version"); err != nil {
		return err
	}
	match := majorPattern.FindStringSubmatch(output.String())
	if match == nil {
		return noTool(tool+" reports no version", at.major, nil)
	}
	if major, _ := strconv.Atoi(match[1]); major < at.major {
		message := fmt.Sprintf("%s is from PostgreSQL %d, but the server is version %d", tool, major, at.major)
		return noTool(message, at.major, nil)
	}
	return nil
}

func noTool(message string, major int, err error) error {
	wanted := "PostgreSQL's client programs"
	if major > 0 {
		wanted = fmt.Sprintf("the client programs of PostgreSQL %d or newer", major)
	}
	return &nest.Error{
		Code:    CodeTool,
		Message: message,
		Hint:    "Install " + wanted + " (Debian: postgresql-client) and put pg_dump and pg_restore on PATH.",
		Err:     err,
	}
}

// run runs one of PostgreSQL's programs. The error includes its standard error.
func (at postgresAt) run(ctx context.Context, out io.Writer, tool string, args ...string) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		return noTool(tool+" is not installed", at.major, err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = at.env, out, &stderr
	if err := cmd.Run(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("%s: %w: %s", tool, err, strings.TrimSpace(stderr.String())))
	}
	return nil
}

// errorWriter keeps the last write error.
type errorWriter struct {
	io.Writer
	err error
}

func (f *errorWriter) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}
