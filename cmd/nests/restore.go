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
		Usage:     "make a backup the server of an empty data folder, and of an empty database where PostgreSQL is used",
		ArgsUsage: "FILE",
		Flags:     configFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return &usageError{"nests restore takes one file, that `nests backup` wrote"}
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
		return fmt.Errorf("make data folder: %w", err)
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
	fmt.Fprintf(p.out, "restored the %s backup of %s (schema %d, by nests %s) into %s in %.1f s; start the server now\n", r.Manifest.Store,
		r.Manifest.TakenAt.Format(time.RFC3339), r.Manifest.Schema, r.Manifest.Version, cfg.DataDir, time.Since(began).Seconds())
	return nil
}

// fits refuses a backup that this binary or this configuration cannot take.
func checkCompatible(m backup.Manifest, cfg config.Config) error {
	kind := storeConfig(cfg).Kind()
	switch {
	case m.Schema > store.Latest():
		return &nest.Error{Code: store.CodeTooNew,
			Message: fmt.Sprintf("The backup was written by a newer Nests (%s): its schema is %d and this binary knows %d", m.Version, m.Schema, store.Latest()),
			Hint:    "Restore it with that version or a newer one."}
	case m.Store == store.SQLite && kind == store.Postgres:
		return &nest.Error{Code: "restore_other_store", Message: "The backup is of an SQLite database, and the configuration names PostgreSQL",
			Hint: "Unset `postgres` (and DATABASE_URL) to restore into the data folder."}
	case m.Store != kind:
		return &nest.Error{Code: "restore_other_store", Message: "The backup is of a " + m.Store + " database, and the configuration uses " + kind,
			Hint: "Name an empty database of that kind by `postgres` (NESTS_POSTGRES); the settings it had are in the backup: `unzip -p FILE nests.yaml`."}
	}
	return nil
}

// isEmpty lets only settings, the lock, and what a file system puts into its root stand in a data folder.
func checkEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read data folder: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"nests.yaml", lockFile, "lost+found"}, e.Name()) && !strings.HasPrefix(e.Name(), restorePrefix) {
			return &nest.Error{Code: "restore_not_empty", Message: fmt.Sprintf("The data folder %s is not empty: it holds %s", folder, e.Name()),
				Hint: "Restore into a new folder (--data-dir), or move what is there away first: a restore never overwrites."}
		}
	}
	return nil
}

// restorePrefix begins the folder for what is not yet whole; one that a killed restore left is in nobody's way.
const restorePrefix = ".restore-"

// unpackInto puts the settings, the keys and then the database into their places, all whole or none at all. Settings that are there
// already stay: they are the new machine's.
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
	places := map[string]string{config.KeysFile: filepath.Join(cfg.DataDir, config.KeysFile)}
	if withSettings {
		places[settingsPart] = cfg.File
	}
	for part, place := range places {
		if err = os.Rename(filepath.Join(scratch, part), place); err != nil {
			break
		}
	}
	if err == nil {
		done = progress(p, "loading the database", storeConfig(cfg).Path, 0)
		err = store.Load(ctx, storeConfig(cfg), filepath.Join(scratch, databasePart))
		done()
	}
	if err != nil {
		for _, place := range places {
			_ = os.Remove(place)
		}
		return err
	}
	return errors.Join(backup.SyncFolder(cfg.DataDir), verify(ctx, p, cfg, r.Manifest))
}

// verify looks whether the database is the one that was backed up. Whatever it finds, the keys stay with the database they belong to.
func verify(ctx context.Context, p process, cfg config.Config, m backup.Manifest) error {
	version, err := schemaVersion(ctx, p, cfg)
	if err != nil {
		return fmt.Errorf("restored, but not looked at afterwards: %w", err)
	}
	if version != m.Schema {
		return fmt.Errorf("the restored database is of schema %d and the backup says %d", version, m.Schema)
	}
	return nil
}
