package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"

	"nests/internal/api"
	"nests/internal/config"
	"nests/internal/nest"
	"nests/internal/nip"
)

// operator calls the server on this machine at its loopback address, signed with the server's key: a user who can
// read that key has all rights already. The server records the actions in its audit log.
type operator struct {
	p    process
	cfg  config.Config
	json bool
}

const (
	operatorTimeout   = 20 * time.Second
	maxOperatorAnswer = 16 << 20
)

// call calls one operation and decodes its answer into the given value. With --json it prints the answer instead; the
// caller must print nothing then.
func (o operator) call(ctx context.Context, method, path string, body, into any) error {
	data, err := o.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	if o.json {
		var pretty bytes.Buffer
		if len(data) == 0 {
			data = []byte(`{"done":true}`)
		}
		if err := json.Indent(&pretty, data, "", "  "); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		_, err = fmt.Fprintln(o.p.out, strings.TrimSpace(pretty.String()))
		return err
	}
	return decode(data, into)
}

// run calls an operation without an answer body, and prints done.
func (o operator) run(ctx context.Context, method, path string, body any, done string) error {
	if err := o.call(ctx, method, path, body, nil); err != nil || o.json {
		return err
	}
	_, err := fmt.Fprintln(o.p.out, done)
	return err
}

// fetch decodes the answer of a GET, also with --json.
func (o operator) fetch(ctx context.Context, path string, into any) error {
	data, err := o.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return decode(data, into)
}

func decode(data []byte, into any) error {
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func (o operator) send(ctx context.Context, method, path string, body any) ([]byte, error) {
	if o.cfg.NostrKey == "" {
		return nil, &nest.Error{Code: nest.CodeOperatorOnly, Message: "The server's own key was not found",
			Hint: "Run this as the server's user and with its flags, above all --data-dir."}
	}
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(ctx, operatorTimeout)
	defer cancel()
	path = "/api/v1/operator" + path
	r, err := http.NewRequestWithContext(ctx, method, "http://"+dialAddr(o.cfg.HTTPAddr)+path, payload)
	if err != nil {
		return nil, err
	}
	r.Header, err = nip.AuthHeader(o.cfg.NostrKey, method, o.cfg.PublicURL()+path, uuid.NewString(), time.Now())
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s: %w (start it, or pass the flags that it runs with)",
			dialAddr(o.cfg.HTTPAddr), errors.Unwrap(err))
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxOperatorAnswer))
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = apiError(answer.StatusCode, data)
	}
	return data, err
}

// apiError returns the server's error; for bad input it is a usage error.
func apiError(status int, data []byte) error {
	var body api.ErrorBody
	if json.Unmarshal(data, &body) != nil || body.Code == "" {
		return fmt.Errorf("something other than a Nests server answers with status %d", status)
	}
	if status == http.StatusBadRequest {
		return &usageError{body.Error + ". " + body.Hint}
	}
	return &nest.Error{Code: nest.Code(body.Code), Message: body.Error, Hint: body.Hint}
}

func (o operator) print(v any) error {
	encoder := json.NewEncoder(o.p.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// table prints rows below a heading, or the text none when there are no rows.
func (o operator) table(rows [][]string, none string) error {
	if len(rows) == 1 && none != "" {
		_, err := fmt.Fprintln(o.p.out, none)
		return err
	}
	table := tabwriter.NewWriter(o.p.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return table.Flush()
}

func argument(c *cli.Command, i int, what string) (string, error) {
	if value := c.Args().Get(i); value != "" {
		return value, nil
	}
	return "", &usageError{fmt.Sprintf("nests operator %s needs %s", c.Name, what)}
}

func usageErrorHandler(p process) cli.OnUsageErrorFunc {
	return func(_ context.Context, c *cli.Command, err error, _ bool) error { return flagError(c, p.args, err) }
}

// cleanText makes another user's text safe for a terminal.
func cleanText(s string) string { return nip.CleanLine(s, 120) }

func formatTime(ms int64) string { return time.UnixMilli(ms).Format("2006-01-02 15:04:05") }

func until(ms int64) string {
	if ms == 0 {
		return ""
	}
	return " until " + formatTime(ms)
}

func quotaText(nests int) string {
	if nests == 0 {
		return "no limit"
	}
	return fmt.Sprint(nests)
}
