package backup_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nests/internal/backup"
	"nests/internal/nest"
)

// written creates a backup of two files and returns its path.
func written(t *testing.T, folder, name, server string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	parts := []backup.Part{
		part(t, "keys.yaml", "key: secret\n"),
		part(t, "database", string(bytes.Repeat([]byte("row after row "), 5000))),
	}
	m, err := backup.Write(
		t.Context(),
		path,
		backup.Manifest{Version: "v1", Schema: 5, Store: "sqlite", Server: server, TakenAt: time.Now()},
		parts,
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Files) != 2 || m.Files[1].Size != 70_000 {
		t.Errorf("the manifest is %+v", m)
	}
	return path
}

func part(t *testing.T, name, content string) backup.Part {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return backup.Part{Name: name, Path: path}
}

func TestReadWrittenBackup(t *testing.T) {
	path := written(t, t.TempDir(), "b.zip", "one")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	r, err := backup.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	to := filepath.Join(t.TempDir(), "keys")
	if err := r.Extract(t.Context(), "keys.yaml", to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); string(text) != "key: secret\n" {
		t.Errorf("%q %v", text, err)
	}
	if r.Manifest.Schema != 5 || r.Manifest.Server != "one" || r.Manifest.Store != "sqlite" {
		t.Errorf("%+v", r.Manifest)
	}
}

// A backup with any byte missing at the end or any bit changed is refused before anything is unpacked.
func TestDamageIsDetectedEverywhere(t *testing.T) {
	whole, err := os.ReadFile(written(t, t.TempDir(), "b.zip", "one"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.zip")
	refused := func(what string, at int, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := backup.Open(path)
		if err == nil {
			r.Close()
			t.Errorf("%s at byte %d of %d: accepted as a complete backup", what, at, len(whole))
		} else if code := nest.CodeOf(err); code != backup.CodeDamaged && code != backup.CodeNotBackup &&
			code != backup.CodeTooNew {
			t.Errorf("%s at byte %d: %v", what, at, err)
		}
	}
	for at := range whole { // every byte: the file is small
		refused("cut off", at, whole[:at])
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << rand.IntN(8)
		refused("a flipped bit", at, flipped)
	}
	refused("a longer file", len(whole), append(bytes.Clone(whole), 0))
}

func TestOnlyBackupsAreReplaced(t *testing.T) {
	folder := t.TempDir()
	other := part(t, "database", "somebody's")
	fresh := written(t, folder, "fresh.zip", "one")
	if err := backup.Publish(fresh, other.Path); !errors.Is(err, &nest.Error{Code: backup.CodeNotBackup}) {
		t.Errorf("over another file: %v", err)
	}
	if text, _ := os.ReadFile(other.Path); string(text) != "somebody's" {
		t.Error("another file was replaced")
	}
	if err := backup.Publish(fresh, written(t, folder, "old.zip", "one")); err != nil {
		t.Errorf("over an older backup: %v", err)
	}
}

// Prune deletes only backups of this server, and only the oldest.
func TestPrune(t *testing.T) {
	folder := t.TempDir()
	at := func(day int) string { return backup.Name(time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)) }
	for day := 1; day <= 5; day++ {
		written(t, folder, at(day), "one")
	}
	written(t, folder, at(6), "another server")
	written(t, folder, "nests-before-the-upgrade.zip", "one")
	for _, name := range []string{at(7), "notes.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("no backup"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := backup.Prune(folder, "one", 2)
	if err != nil || len(gone) != 3 || gone[0] != at(1) || gone[2] != at(3) {
		t.Errorf("deleted %v: %v", gone, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 6 {
		t.Errorf("left are %v", left)
	}
	if gone, err := backup.Prune(folder, "one", 2); err != nil || len(gone) != 0 {
		t.Errorf("again: deleted %v: %v", gone, err)
	}
}

// The folder of a killed run is removed by the next run. The folder of a running one stays.
func TestScratches(t *testing.T) {
	folder := t.TempDir()
	left := filepath.Join(folder, ".nests-backup-1")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	living, err := backup.NewScratch(folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := backup.NewScratch(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a killed run still exists: %v", err)
	}
	if _, err := os.Stat(living.Path); err != nil {
		t.Errorf("the folder of a running process was removed: %v", err)
	}
	if err := errors.Join(living.Close(), second.Close()); err != nil {
		t.Error(err)
	}
	if all, _ := os.ReadDir(folder); len(all) != 0 {
		t.Errorf("left are %v", all)
	}
}

func TestInterruptedWriteFails(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := backup.Write(
		ctx,
		filepath.Join(t.TempDir(), "b.zip"),
		backup.Manifest{},
		[]backup.Part{part(t, "database", "x")},
	)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
