package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

func configCommand(p process) *cli.Command {
	reference := &cli.BoolFlag{
		Name:        "reference",
		Usage:       "print every setting with its default and description, as Markdown",
		HideDefault: true,
		Local:       true,
	}
	example := &cli.BoolFlag{
		Name:        "example",
		Usage:       "print a nests.yaml with every setting commented out",
		HideDefault: true,
		Local:       true,
	}
	return &cli.Command{
		Name:  "config",
		Usage: "print the settings in effect, without secrets",
		Flags: append([]cli.Flag{reference, example}, configFlags()...),
		Action: func(_ context.Context, c *cli.Command) error {
			switch {
			case c.Bool("reference"):
				_, err := io.WriteString(p.out, config.Reference())
				return err
			case c.Bool("example"):
				_, err := io.WriteString(p.out, config.Example())
				return err
			}
			flags := settingFlags(c)
			return printConfig(p, config.Input{Env: p.env, Flags: flags})
		},
	}
}

func printConfig(p process, in config.Input) error {
	cfg, notes, err := config.Load(in)
	for _, n := range notes {
		fmt.Fprintf(p.err, "%s: %s: %s\n", n.Key, n.Message, n.Hint)
	}
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, line := range cfg.Redacted() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", line.Key, line.Value, line.Source)
	}
	return table.Flush()
}
