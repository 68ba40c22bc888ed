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

// operator asks the running server of this machine over its own loopback address, signed with the server's key: whoever can read
// that may do all of this anyway. The server writes what is done to its audit log.
type operator struct {
	p    process
	cfg  config.Config
	json bool
}

const (
	operatorTimeout   = 20 * time.Second
	maxOperatorAnswer = 16 << 20
)

// ask calls one operation. With --json the answer is printed, and the caller has nothing left to say.
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

// do is ask for what answers nothing.
func (o operator) run(ctx context.Context, method, path string, body any, done string) error {
	if err := o.call(ctx, method, path, body, nil); err != nil || o.json {
		return err
	}
	_, err := fmt.Fprintln(o.p.out, done)
	return err
}

// read is a GET whose answer is always unpacked.
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
		return nil, &nest.Error{Code: nest.CodeOperatorOnly, Message: "The server's own key is not here",
			Hint: "Run this as the user and with the flags of the server, --data-dir above all."}
	}
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(ctx, operatorTimeout)
	defer cancel()
	path = "/api/v1/operator" + path
	r, err := http.NewRequestWithContext(ctx, method, "http://"+dialAddr(o.cfg.HTTPAddr)+path, sent)
	if err != nil {
		return nil, err
	}
	if r.Header, err = nip.AuthHeader(o.cfg.NostrKey, method, o.cfg.PublicURL()+path, uuid.NewString(), time.Now()); err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s: %w (start it, or give the flags it runs with)", dialAddr(o.cfg.HTTPAddr), errors.Unwrap(err))
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxOperatorAnswer))
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = apiError(answer.StatusCode, data)
	}
	return data, err
}

// refusalOf is what the server said; bad input is wrong use.
func apiError(status int, data []byte) error {
	var said api.ErrorBody
	if json.Unmarshal(data, &said) != nil || said.Code == "" {
		return fmt.Errorf("something that is no Nests server answers with %d", status)
	}
	if status == http.StatusBadRequest {
		return &usageError{said.Error + ". " + said.Hint}
	}
	return &nest.Error{Code: nest.Code(said.Code), Message: said.Error, Hint: said.Hint}
}

func (o operator) print(v any) error {
	encoder := json.NewEncoder(o.p.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// table prints rows under a heading, or that there is none.
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

// line is a stranger's text on a terminal.
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
		return "without limit"
	}
	return fmt.Sprint(nests)
}
