// Command nests is the whole server in one binary: flags, wiring and lifecycle. app.go and the wire_*.go beside it
// are the map of the system; every other file is one command or one thing that commands share.
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
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal stops the server in order, a second one ends the process at once
	code := run(ctx, process{args: os.Args, env: os.Environ(), out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// process is what a command uses of its process.
type process struct {
	args []string
	env  []string
	out  io.Writer
	err  io.Writer
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, p process) int {
	err := root(p).Run(ctx, p.args)
	switch {
	case err == nil, errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitOK
	case errors.Is(err, errUnhealthy):
		return exitFailure
	case errors.As(err, new(*usageError)):
		fmt.Fprintf(p.err, "nests: %v\n", err)
		return exitUsage
	}
	if problems := config.Problems(err); len(problems) > 0 {
		fmt.Fprintln(p.err, "nests: the configuration is not valid:")
		for _, problem := range problems {
			fmt.Fprintf(p.err, "  %v\n", problem)
		}
		return exitUsage
	}
	fmt.Fprintf(p.err, "nests: %v\n", err)
	if refusal, ok := errors.AsType[*nest.Error](err); ok && refusal.Hint != "" {
		fmt.Fprintf(p.err, "  %s\n", refusal.Hint)
	}
	return exitFailure
}
