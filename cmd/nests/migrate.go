package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
	"nests/internal/store"
)

func migrateCommand(p process) *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "migrate the database to this version, as serve does at its start",
		Flags: configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			return migrate(ctx, p, config.Input{Env: p.env, Flags: settingFlags(c)})
		},
	}
}

func migrate(ctx context.Context, p process, in config.Input) (err error) {
	cfg, _, err := config.Load(in)
	if err != nil {
		return err
	}
	folder, err := lockShared(cfg.DataDir)
	if err != nil {
		return err
	}
	defer folder.Close()
	db, err := store.Open(ctx, storeConfig(cfg), newLogger(p.err, cfg))
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	before, err := db.Version(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if before == store.Latest() {
		fmt.Fprintf(p.out, "the database already has schema %d\n", before)
		return nil
	}
	fmt.Fprintf(p.out, "migrated the database from schema %d to %d\n", before, store.Latest())
	return nil
}
