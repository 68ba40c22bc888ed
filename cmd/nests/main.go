// Command nests is the whole server in one binary: flags, wiring and lifecycle. app.go and the wire_*.go beside it are the
// map of the system; every other file is one command or one thing that commands share.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"nests/internal/config"
	"nests/internal/nest"
)

// Exit codes of every command.
const (
	exitFine     = 0
	exitProblems = 1
	exitWrongUse = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal stops in good order, a second one ends the process at once
	code := run(ctx, world{args: os.Args, env: os.Environ(), out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// world is all that a command takes from the process around it.
type world struct {
	args []string
	env  []string
	out  io.Writer
	err  io.Writer
}

// run runs one command line to its end and says with which code to exit.
func run(ctx context.Context, w world) int {
	err := root(w).Run(ctx, w.args)
	switch {
	case err == nil, errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitFine
	case errors.Is(err, errUnhealthy):
		return exitProblems
	case errors.As(err, new(*usageError)):
		fmt.Fprintf(w.err, "nests: %v\n", err)
		return exitWrongUse
	}
	if problems := config.Problems(err); len(problems) > 0 {
		fmt.Fprintln(w.err, "nests: the configuration needs a change:")
		for _, p := range problems {
			fmt.Fprintf(w.err, "  %v\n", p)
		}
		return exitWrongUse
	}
	fmt.Fprintf(w.err, "nests: %v\n", err)
	if refusal, ok := errors.AsType[*nest.Error](err); ok && refusal.Hint != "" {
		fmt.Fprintf(w.err, "  %s\n", refusal.Hint)
	}
	return exitProblems
}
