package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/backup"
	"nests/internal/config"
	"nests/internal/nest"
	"nests/internal/store"
)

// databasePart is the database's name in a backup; its form is the store's.
const databasePart = "database"

func backupCommand(w world) *cli.Command {
	return &cli.Command{
		Name:      "backup",
		Usage:     "write the database and the keys into one checked file, while the server runs",
		ArgsUsage: "FILE|FOLDER",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "keep", Usage: "of the backups in FOLDER keep this many, the newest; 0: all", HideDefault: true, Local: true},
		}, configFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			to, keep := c.Args().First(), c.Int("keep")
			switch {
			case c.Args().Len() != 1:
				return &usageError{"nests backup takes one file, or a folder in which each backup gets a name of its own"}
			case keep < 0:
				return &usageError{"--keep must be a number of backups, 0 for all"}
			case keep > 0 && !isFolder(to):
				return &usageError{"--keep needs a folder that exists instead of a file, in which backups are named by their time"}
			}
			return backUp(ctx, w, config.Input{Env: w.env, Flags: given(c)}, to, keep)
		},
	}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func backUp(ctx context.Context, w world, in config.Input, to string, keep int) error {
	began := time.Now()
	cfg, _, err := config.Load(in)
	if err != nil {
		return err
	}
	if cfg.ServerID == "" {
		return &nest.Error{Code: "nothing_to_back_up", Message: "No server has run with the data folder " + cfg.DataDir + " yet",
			Hint: "Run it as the user and with the settings of the server; `nests config` shows which data folder that is."}
	}
	if isFolder(to) {
		to = filepath.Join(to, backup.Name(began))
	}
	if err := backup.CheckTarget(to); err != nil {
		return err
	}
	manifest, err := writeBackup(ctx, w, cfg, to)
	if errors.Is(err, syscall.ENOSPC) && nest.CodeOf(err) == "" {
		err = store.DiskFull(err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "backed up to %s and checked: %s of schema %d, %s, in %.1f s\n", to, manifest.Store, manifest.Schema, megabytes(sizeOf(to)), time.Since(began).Seconds())
	if keep == 0 {
		return nil
	}
	gone, err := backup.Prune(filepath.Dir(to), cfg.ServerID, keep)
	if len(gone) > 0 {
		fmt.Fprintf(w.out, "deleted %s, to keep %d\n", strings.Join(gone, ", "), keep)
	}
	if err != nil {
		return fmt.Errorf("delete old backups: %w", err)
	}
	return nil
}

// writeBackup copies the database, checks the copy, packs it with the keys, reads that again, and only then gives it its name. Whatever
// goes wrong, at to is what was there before.
func writeBackup(ctx context.Context, w world, cfg config.Config, to string) (m backup.Manifest, err error) {
	scratch, err := backup.NewScratch(filepath.Dir(to))
	if err != nil {
		return m, fmt.Errorf("write beside the backup: %w", err)
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	m = backup.Manifest{Version: versionText(), Store: storeConfig(cfg).Kind(), Server: cfg.ServerID, TakenAt: time.Now().UTC()}
	if m.Schema, err = schemaOf(ctx, w, cfg); err != nil {
		return m, err
	}
	copied, packed := scratch.File(databasePart), scratch.File("backup.zip")
	total := int64(0)
	if m.Store == store.SQLite {
		total = sizeOf(storeConfig(cfg).Path)
	}
	done := progress(w, "copying the database", copied, total)
	err = store.Dump(ctx, storeConfig(cfg), copied)
	done()
	if err != nil {
		return m, err
	}
	if err := store.CheckDump(ctx, m.Store, copied); err != nil {
		return m, err
	}
	done = progress(w, "packing and checking", packed, 0)
	m, err = backup.Write(ctx, packed, m, []backup.Part{
		{Name: config.KeysFile, Path: filepath.Join(cfg.DataDir, config.KeysFile)},
		{Name: databasePart, Path: copied, Packed: m.Store == store.Postgres},
	})
	done()
	if err != nil {
		return m, err
	}
	return m, backup.Publish(packed, to)
}

// schemaOf also refuses a database that is damaged or newer than this binary.
func schemaOf(ctx context.Context, w world, cfg config.Config) (version int, err error) {
	db, err := store.Open(ctx, storeConfig(cfg), newLogger(w.err, cfg))
	if err != nil {
		return 0, fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Version(ctx)
}
