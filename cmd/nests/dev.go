package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

func devCommand(p process) *cli.Command {
	return &cli.Command{
		Name:  "dev",
		Usage: "run on loopback with a throw-away data folder and a demo nest",
		Flags: configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			return dev(ctx, p, settingFlags(c))
		},
	}
}

// dev runs serve with a data folder that it deletes afterwards. It keeps a folder given with --data-dir.
func dev(ctx context.Context, p process, flags map[string]string) (err error) {
	if flags["data_dir"] == "" {
		folder, err := os.MkdirTemp("", "nests-dev-")
		if err != nil {
			return fmt.Errorf("create throw-away folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		flags["data_dir"] = folder
	}
	return serve(ctx, p, config.Input{Env: p.env, Flags: flags, Dev: true})
}
