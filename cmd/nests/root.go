package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

// root is the command line. It never exits the process.
func root(p process) *cli.Command {
	r := &cli.Command{
		Name:            "nests",
		Usage:           "live audio rooms on Nostr, in one binary",
		Description:     "`nests serve` needs no configuration. Help on one command: nests <command> --help.",
		HideHelpCommand: true,
		Writer:          p.out,
		ErrWriter:       p.err,
		ExitErrHandler:  func(context.Context, *cli.Command, error) {},
		Action:          help,
		Commands: []*cli.Command{
			serveCommand(p),
			devCommand(p),
			doctorCommand(p),
			healthCommand(p),
			operatorCommand(p),
			backupCommand(p),
			restoreCommand(p),
			configCommand(p),
			migrateCommand(p),
			versionCommand(p),
		},
	}
	for _, c := range append(r.Commands, r) {
		c.OnUsageError = usageErrorHandler(p)
	}
	for _, c := range r.Commands {
		if c.ArgsUsage == "" {
			c.Before = refuseArguments
		}
	}
	return r
}

// usageError is an invalid command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// help prints the help for `nests` alone, and fails for an unknown command.
func help(_ context.Context, c *cli.Command) error {
	word := c.Args().First()
	if word == "" || word == "help" {
		return cli.ShowRootCommandHelp(c)
	}
	var known []string
	for _, sub := range c.Commands {
		known = append(known, sub.Name)
	}
	text := fmt.Sprintf("unknown command %q", word)
	if near := config.Nearest(word, known); near != "" {
		return &usageError{text + "; did you mean " + c.FullName() + " " + near + "?"}
	}
	return &usageError{text + "; the commands are " + strings.Join(known, ", ")}
}

func refuseArguments(ctx context.Context, c *cli.Command) (context.Context, error) {
	if c.Args().Present() {
		return ctx, &usageError{fmt.Sprintf("nests %s takes no argument, but got %q", c.Name, c.Args().First())}
	}
	return ctx, nil
}

// flagError suggests the flag most similar to the first one that the command does not have.
func flagError(c *cli.Command, args []string, err error) error {
	var known []string
	for _, f := range c.Flags {
		for _, name := range f.Names() {
			known = append(known, "--"+name)
		}
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if !strings.HasPrefix(name, "-") || name == "--" || slices.Contains(known, "--"+strings.TrimLeft(name, "-")) {
			continue
		}
		text := fmt.Sprintf("nests %s has no flag %s", c.Name, name)
		if c.Name == "nests" {
			text = "there is no flag " + name + " before the command"
		}
		if near := config.Nearest(name, known); near != "" {
			return &usageError{text + "; did you mean " + near + "?"}
		}
		return &usageError{text + "; see --help"}
	}
	return &usageError{err.Error()}
}
