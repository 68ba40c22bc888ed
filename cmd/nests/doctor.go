package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
	"nests/internal/diagnose"
)

// watchInterval is the pause between two reports of --watch.
const watchInterval = 5 * time.Second

func doctorCommand(p process) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "find what is wrong with this server, another server, or a nest",
		ArgsUsage: "[NEST|naddr]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name:  "url",
				Usage: "diagnose the Nests server at this URL from outside, instead of this machine's",
				Local: true,
			},
			&cli.BoolFlag{Name: "json", Usage: "print the report as JSON", HideDefault: true, Local: true},
			&cli.BoolFlag{Name: "watch", Usage: "repeat every 5 s until Ctrl-C", HideDefault: true, Local: true},
			&cli.StringFlag{
				Name:  "bundle",
				Usage: "also write the report, without secrets, to this .zip file for a bug report",
				Local: true,
			},
		}, configFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() > 1 {
				return &usageError{fmt.Sprintf("nests doctor takes one nest, but got %q too", c.Args().Get(1))}
			}
			d := doctor{
				p:     p,
				input: config.Input{Env: p.env, Flags: settingFlags(c)},
				url:   c.String("url"),
				nest:  c.Args().First(),
			}
			return d.run(ctx, c.Bool("json"), c.Bool("watch"), c.String("bundle"))
		},
	}
}

// doctor diagnoses the instance on this machine, or the server at a URL from outside.
type doctor struct {
	p     process
	input config.Input
	url   string
	nest  string // id or naddr, "" for the server alone
}

// errUnhealthy ends the command with exit code 1 and without a message: the report is printed already.
var errUnhealthy = errors.New("")

func (d doctor) run(ctx context.Context, asJSON, watch bool, bundle string) error {
	for {
		report := d.report(ctx)
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
		case <-time.After(watchInterval):
		}
		if !asJSON {
			fmt.Fprintln(d.p.out)
		}
	}
}

func (d doctor) print(report diagnose.Report, asJSON bool) error {
	if !asJSON {
		return report.Write(d.p.out, isTerminal(d.p.out))
	}
	encoder := json.NewEncoder(d.p.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func (d doctor) report(ctx context.Context) diagnose.Report {
	if d.url != "" {
		outside := outside(d.url)
		if d.nest == "" {
			return outside.Report(ctx)
		}
		return outside.NestReport(ctx, diagnose.ParseSubject(d.nest))
	}
	return d.local(ctx)
}
