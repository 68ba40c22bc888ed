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

// Parts of a backup, besides the keys.
const (
	databasePart = "database"   // in the format of the store
	settingsPart = "nests.yaml" // only if the file exists
)

func backupCommand(p process) *cli.Command {
	return &cli.Command{
		Name:      "backup",
		Usage:     "write the database and the keys to one verified file, also while the server runs",
		ArgsUsage: "FILE|FOLDER",
		Flags: append([]cli.Flag{
			&cli.IntFlag{
				Name:        "keep",
				Usage:       "how many of the newest backups in FOLDER to keep; 0 keeps all",
				HideDefault: true,
				Local:       true,
			},
		}, configFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			to, keep := c.Args().First(), c.Int("keep")
			switch {
			case c.Args().Len() != 1:
				return &usageError{"nests backup takes one file, or a folder, where each backup gets its own name"}
			case keep < 0:
				return &usageError{"--keep must be a number of backups; 0 keeps all"}
			case keep > 0 && !isFolder(to):
				return &usageError{"--keep needs an existing folder instead of a file"}
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
		return nothingToBackUp("No server has used the data folder " + cfg.DataDir + " yet")
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
	fmt.Fprintf(p.out, "backed up to %s and checked: %s with schema %d, %s, in %.1f s\n",
		to, manifest.Store, manifest.Schema, megabytes(sizeOf(to)), time.Since(began).Seconds())
	if keep == 0 {
		return nil
	}
	deleted, err := backup.Prune(filepath.Dir(to), cfg.ServerID, keep)
	if len(deleted) > 0 {
		fmt.Fprintf(p.out, "deleted %s, to keep %d\n", strings.Join(deleted, ", "), keep)
	}
	if err != nil {
		return fmt.Errorf("delete old backups: %w", err)
	}
	return nil
}

// writeBackup copies the database, checks the copy, packs it with the keys and checks the package; only then it
// renames the result to its path. If it fails, the file at the path stays as it was.
func writeBackup(ctx context.Context, p process, cfg config.Config, to string) (m backup.Manifest, err error) {
	scratch, err := backup.NewScratch(filepath.Dir(to))
	if err != nil {
		return m, fmt.Errorf("write next to the backup: %w", err)
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	m = backup.Manifest{
		Version: versionText(),
		Store:   storeConfig(cfg).Kind(),
		Server:  cfg.ServerID,
		TakenAt: time.Now().UTC(),
	}
	if m.Store == store.SQLite && !exists(storeConfig(cfg).Path) { // opening it would create it
		return m, nothingToBackUp("There is no database in the data folder " + cfg.DataDir)
	}
	if m.Schema, err = schemaVersion(ctx, p, cfg); err != nil {
		return m, err
	}
	if m.Schema == 0 {
		return m, nothingToBackUp("The " + m.Store + " database is empty: no server has used it")
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
		Hint: "Run the command as the server's user and with the server's settings: the same data folder and " +
			"nests.yaml, and `postgres` if the server uses it. `nests config` prints the settings in effect."}
}

// schemaVersion also fails for a database that is damaged or newer than this binary.
func schemaVersion(ctx context.Context, p process, cfg config.Config) (version int, err error) {
	db, err := store.Open(ctx, storeConfig(cfg), newLogger(p.err, cfg))
	if err != nil {
		return 0, fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Version(ctx)
}
