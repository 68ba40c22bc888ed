package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

func healthCommand(p process) *cli.Command {
	return &cli.Command{
		Name:  "health",
		Usage: "check that the server on this machine answers, for containers without curl",
		Flags: configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			cfg, _, err := config.Load(config.Input{Env: p.env, Flags: settingFlags(c)})
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dialAddr(cfg.HTTPAddr)+"/health", nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("/health answers %s", res.Status)
			}
			return nil
		},
	}
}
