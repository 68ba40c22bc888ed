package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

func serveCommand(p process) *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the server",
		Flags: configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			return serve(ctx, p, config.Input{Env: p.env, Flags: settingFlags(c)})
		},
	}
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, p process, in config.Input) error {
	cfg, notes, err := config.Load(in)
	if err != nil {
		return err
	}
	log := newLogger(p.err, cfg)
	for _, n := range notes {
		component(log, "config").Log(ctx, n.Level, "configuration noticed",
			"note", n.Message, "key", n.Key, "hint", n.Hint)
	}
	made, err := cfg.Generate()
	if err != nil {
		return err
	}
	if len(made) > 0 {
		component(log, "config").Info("keys generated", "keys", made, "folder", cfg.DataDir)
	}
	folder, err := lockShared(cfg.DataDir)
	if err != nil {
		return err
	}
	defer folder.Close()
	a, err := newApp(ctx, cfg, log, p.out)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return a.Run(ctx)
}
