package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
	"nests/internal/diagnose"
)

// watchEvery is the pause of --watch between two looks.
const watchEvery = 5 * time.Second

func doctorCommand(w world) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "find out what is wrong with this server, another one, or a nest",
		ArgsUsage: "[NEST|naddr]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "url", Usage: "look at that Nests server from outside, instead of this machine's", Local: true},
			&cli.BoolFlag{Name: "json", Usage: "print the report as JSON", HideDefault: true, Local: true},
			&cli.BoolFlag{Name: "watch", Usage: "look again every 5 s until Ctrl-C", HideDefault: true, Local: true},
			&cli.StringFlag{Name: "bundle", Usage: "also write the report, without secrets, into this .zip for a bug ticket", Local: true},
		}, configFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() > 1 {
				return &usageError{fmt.Sprintf("nests doctor takes one nest, but got %q too", c.Args().Get(1))}
			}
			d := doctor{w: w, url: c.String("url"), nest: c.Args().First(), input: config.Input{Env: w.env, Flags: settings(c)}}
			return d.run(ctx, c.Bool("json"), c.Bool("watch"), c.String("bundle"))
		},
	}
}

// settings are the given flags that config knows: all but those of the commands that look at a running server.
func settings(c *cli.Command) map[string]string {
	values := given(c)
	for _, own := range []string{"url", "json", "watch", "bundle", "all", "reason", "for", "nest", "actor", "limit"} {
		delete(values, own)
	}
	return values
}

// doctor looks at this machine's instance, or from outside at the server behind a URL.
type doctor struct {
	w     world
	input config.Input
	url   string
	nest  string // id or naddr, "" for the server alone
}

// errUnhealthy ends the command with exit code 1; everything was said already.
var errUnhealthy = errors.New("")

func (d doctor) run(ctx context.Context, asJSON, watch bool, bundle string) error {
	for {
		report := d.look(ctx)
		if err := d.print(report, asJSON); err != nil {
			return err
		}
		if bundle != "" {
			if err := d.bundle(bundle, report); err != nil {
				return err
			}
		}
		if !watch {
			if report.Failed() {
				return errUnhealthy
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(watchEvery):
		}
		if !asJSON {
			fmt.Fprintln(d.w.out)
		}
	}
}

func (d doctor) print(report diagnose.Report, asJSON bool) error {
	if !asJSON {
		return report.Write(d.w.out, isTerminal(d.w.out))
	}
	encoder := json.NewEncoder(d.w.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func (d doctor) look(ctx context.Context) diagnose.Report {
	if d.url != "" {
		outside := d.outside(d.url)
		if d.nest == "" {
			return outside.Report(ctx)
		}
		return outside.NestReport(ctx, diagnose.ParseSubject(d.nest))
	}
	return d.local(ctx)
}

// asked is what the doctor was told to look at, for its bundle.
func (d doctor) asked(out io.Writer) {
	fmt.Fprintf(out, "version: %s\nurl: %s\nnest: %s\n", versionText(), d.url, d.nest)
}
