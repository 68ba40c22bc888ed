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

// Parts of a backup beside the keys.
const (
	databasePart = "database"   // its form is the store's
	settingsPart = "nests.yaml" // only where there is one
)

func backupCommand(p process) *cli.Command {
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
			return runBackup(ctx, p, config.Input{Env: p.env, Flags: settingFlags(c)}, to, keep)
		},
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func runBackup(ctx context.Context, p process, in config.Input, to string, keep int) error {
	began := time.Now()
	cfg, _, err := config.Load(in)
	if err != nil {
		return err
	}
	if cfg.ServerID == "" {
		return nothingToBackUp("No server has run with the data folder " + cfg.DataDir + " yet")
	}
	if isFolder(to) {
		to = filepath.Join(to, backup.Name(began))
	}
	if err := backup.CheckTarget(to); err != nil {
		return err
	}
	manifest, err := writeBackup(ctx, p, cfg, to)
	if errors.Is(err, syscall.ENOSPC) && nest.CodeOf(err) == "" {
		err = store.DiskFull(err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "backed up to %s and checked: %s of schema %d, %s, in %.1f s\n", to, manifest.Store, manifest.Schema, megabytes(sizeOf(to)), time.Since(began).Seconds())
	if keep == 0 {
		return nil
	}
	gone, err := backup.Prune(filepath.Dir(to), cfg.ServerID, keep)
	if len(gone) > 0 {
		fmt.Fprintf(p.out, "deleted %s, to keep %d\n", strings.Join(gone, ", "), keep)
	}
	if err != nil {
		return fmt.Errorf("delete old backups: %w", err)
	}
	return nil
}

// writeBackup copies the database, checks the copy, packs it with the keys, reads that again, and only then gives it its name. Whatever
// goes wrong, at to is what was there before.
func writeBackup(ctx context.Context, p process, cfg config.Config, to string) (m backup.Manifest, err error) {
	scratch, err := backup.NewScratch(filepath.Dir(to))
	if err != nil {
		return m, fmt.Errorf("write beside the backup: %w", err)
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	m = backup.Manifest{Version: versionText(), Store: storeConfig(cfg).Kind(), Server: cfg.ServerID, TakenAt: time.Now().UTC()}
	if m.Store == store.SQLite && !exists(storeConfig(cfg).Path) { // opening it would make one
		return m, nothingToBackUp("There is no database in the data folder " + cfg.DataDir)
	}
	if m.Schema, err = schemaVersion(ctx, p, cfg); err != nil {
		return m, err
	}
	if m.Schema == 0 {
		return m, nothingToBackUp("The " + m.Store + " database is empty: no server has run with it")
	}
	copied, packed := scratch.File(databasePart), scratch.File("backup.zip")
	total := int64(0)
	if m.Store == store.SQLite {
		total = sizeOf(storeConfig(cfg).Path)
	}
	done := progress(p, "copying the database", copied, total)
	err = store.Dump(ctx, storeConfig(cfg), copied)
	done()
	if err != nil {
		return m, err
	}
	if err := store.CheckDump(ctx, m.Store, copied); err != nil {
		return m, err
	}
	done = progress(p, "packing and checking", packed, 0)
	parts := []backup.Part{
		{Name: config.KeysFile, Path: filepath.Join(cfg.DataDir, config.KeysFile)},
		{Name: databasePart, Path: copied, Packed: m.Store == store.Postgres},
	}
	if exists(cfg.File) {
		parts = append(parts, backup.Part{Name: settingsPart, Path: cfg.File})
	}
	m, err = backup.Write(ctx, packed, m, parts)
	done()
	if err != nil {
		return m, err
	}
	return m, backup.Publish(packed, to)
}

func nothingToBackUp(message string) error {
	return &nest.Error{Code: "nothing_to_back_up", Message: message,
		Hint: "Run it as the user and with the settings of the server: the same data folder and nests.yaml, and `postgres` when it uses that. `nests config` shows what is in effect here."}
}

// schemaOf also refuses a database that is damaged or newer than this binary.
func schemaVersion(ctx context.Context, p process, cfg config.Config) (version int, err error) {
	db, err := store.Open(ctx, storeConfig(cfg), newLogger(p.err, cfg))
	if err != nil {
		return 0, fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Version(ctx)
}
