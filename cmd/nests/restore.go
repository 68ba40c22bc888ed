package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"nests/internal/backup"
	"nests/internal/config"
	"nests/internal/nest"
	"nests/internal/store"
)

func restoreCommand(p process) *cli.Command {
	return &cli.Command{
		Name:      "restore",
		Usage:     "restore a backup into an empty data folder, and an empty database if it uses PostgreSQL",
		ArgsUsage: "FILE",
		Flags:     configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return &usageError{"nests restore takes one file, written by `nests backup`"}
			}
			return restore(ctx, p, config.Input{Env: p.env, Flags: settingFlags(c)}, c.Args().First())
		},
	}
}

func restore(ctx context.Context, p process, in config.Input, from string) error {
	began := time.Now()
	cfg, _, err := config.Load(in)
	if err != nil {
		return err
	}
	r, err := backup.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := checkCompatible(r.Manifest, cfg); err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("create data folder: %w", err)
	}
	folder, err := lockExclusive(cfg.DataDir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := checkEmpty(cfg.DataDir); err != nil {
		return err
	}
	if err := store.CheckEmpty(ctx, storeConfig(cfg)); err != nil {
		return err
	}
	if err := restoreFiles(ctx, p, cfg, r); err != nil {
		if errors.Is(err, syscall.ENOSPC) && nest.CodeOf(err) == "" {
			err = store.DiskFull(err)
		}
		return err
	}
	fmt.Fprintf(p.out, "restored the %s backup of %s (schema %d, nests %s) into %s in %.1f s; start the server now\n",
		r.Manifest.Store, r.Manifest.TakenAt.Format(time.RFC3339), r.Manifest.Schema, r.Manifest.Version, cfg.DataDir,
		time.Since(began).Seconds())
	return nil
}

// checkCompatible refuses a backup that this binary or this configuration cannot restore.
func checkCompatible(m backup.Manifest, cfg config.Config) error {
	kind := storeConfig(cfg).Kind()
	switch {
	case m.Schema > store.Latest():
		return &nest.Error{
			Code: store.CodeTooNew,
			Message: fmt.Sprintf("The backup was written by a newer Nests (%s): its schema is %d, "+
				"but this binary supports %d", m.Version, m.Schema, store.Latest()),
			Hint: "Restore it with that version or a newer one.",
		}
	case m.Store == store.SQLite && kind == store.Postgres:
		return &nest.Error{
			Code:    "restore_other_store",
			Message: "The backup holds an SQLite database, but the configuration uses PostgreSQL",
			Hint:    "Unset `postgres` (and DATABASE_URL) to restore into the data folder.",
		}
	case m.Store != kind:
		return &nest.Error{
			Code:    "restore_other_store",
			Message: "The backup holds a " + m.Store + " database, but the configuration uses " + kind,
			Hint: "Set `postgres` (NESTS_POSTGRES) to an empty database. " +
				"The settings of the server are in the backup: `unzip -p FILE nests.yaml`.",
		}
	}
	return nil
}

// checkEmpty accepts only settings, the lock, and the lost+found of a file system in the data folder.
func checkEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read data folder: %w", err)
	}
	ignored := []string{"nests.yaml", lockFile, "lost+found"}
	for _, e := range entries {
		if !slices.Contains(ignored, e.Name()) && !strings.HasPrefix(e.Name(), restorePrefix) {
			return &nest.Error{Code: "restore_not_empty", Message: fmt.Sprintf(
				"The data folder %s is not empty: it contains %s", folder, e.Name(),
			),
				Hint: "Restore into a new folder (--data-dir), or move the files away first: a restore never " +
					"overwrites."}
		}
	}
	return nil
}

// restorePrefix begins the name of the folder for incomplete files. One that an interrupted restore left does no harm.
const restorePrefix = ".restore-"

// restoreFiles puts the settings, the keys and then the database in place, all of them or none. It keeps existing
// settings, which are those of the new machine.
func restoreFiles(ctx context.Context, p process, cfg config.Config, r *backup.Reader) (err error) {
	scratch, err := os.MkdirTemp(cfg.DataDir, restorePrefix)
	if err != nil {
		return fmt.Errorf("write to data folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	done := progress(p, "unpacking", filepath.Join(scratch, databasePart), r.Manifest.Bytes())
	parts := []string{config.KeysFile, databasePart}
	withSettings := r.Manifest.Has(settingsPart) && !exists(cfg.File)
	if withSettings {
		parts = append(parts, settingsPart)
	}
	for _, part := range parts {
		if err = r.Extract(ctx, part, filepath.Join(scratch, part)); err != nil {
			break
		}
	}
	done()
	if err != nil {
		return err
	}
	if err := store.CheckDump(ctx, r.Manifest.Store, filepath.Join(scratch, databasePart)); err != nil {
		return err
	}
	targets := map[string]string{config.KeysFile: filepath.Join(cfg.DataDir, config.KeysFile)}
	if withSettings {
		targets[settingsPart] = cfg.File
	}
	for part, target := range targets {
		if err = os.Rename(filepath.Join(scratch, part), target); err != nil {
			break
		}
	}
	if err == nil {
		done = progress(p, "loading the database", storeConfig(cfg).Path, 0)
		err = store.Load(ctx, storeConfig(cfg), filepath.Join(scratch, databasePart))
		done()
	}
	if err != nil {
		for _, target := range targets {
			_ = os.Remove(target)
		}
		return err
	}
	return errors.Join(backup.SyncFolder(cfg.DataDir), verify(ctx, p, cfg, r.Manifest))
}

// verify compares the restored database with the manifest. If they differ, the keys stay with the database they
// belong to.
func verify(ctx context.Context, p process, cfg config.Config, m backup.Manifest) error {
	version, err := schemaVersion(ctx, p, cfg)
	if err != nil {
		return fmt.Errorf("restored, but could not verify the database: %w", err)
	}
	if version != m.Schema {
		return fmt.Errorf("the restored database has schema %d, but the backup has %d", version, m.Schema)
	}
	return nil
}
