package backup

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// dated matches the names of backups in a folder. Names sort by time.
var dated = regexp.MustCompile(`^nests-\d{8}T\d{6}Z\.zip$`)

// Name returns the name of a backup taken at that time.
func Name(at time.Time) string { return "nests-" + at.UTC().Format("20060102T150405Z") + ".zip" }

// Prune deletes all but the keep newest backups of this server in a folder and returns the names of the deleted files.
// It ignores files with other names, backups of other servers and files that are no backups.
func Prune(folder, server string, keep int) (gone []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var backups []string
	for _, e := range entries {
		if !dated.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if m, err := readUnchecked(filepath.Join(folder, e.Name())); err == nil && m.Server == server {
			backups = append(backups, e.Name())
		}
	}
	slices.Sort(backups)
	for _, name := range backups[:max(0, len(backups)-keep)] {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return gone, err
		}
		gone = append(gone, name)
	}
	return gone, nil
}

const scratchPrefix = ".nests-backup-"

// Scratch is a folder for the copy and the unfinished backup. It lies beside the final backup, so that the rename is
// atomic. Close removes it. NewScratch removes folders that killed runs left behind.
type Scratch struct {
	Path string
	lock *os.File
}

// NewScratch creates a Scratch in folder.
func NewScratch(folder string) (*Scratch, error) {
	clearScratches(folder)
	path, err := os.MkdirTemp(folder, scratchPrefix)
	if err != nil {
		return nil, err
	}
	s := &Scratch{Path: path}
	if s.lock, err = lock(path); err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return s, nil
}

// File returns the path of a file in the folder.
func (s *Scratch) File(name string) string { return filepath.Join(s.Path, name) }

// Close removes the folder and everything in it.
func (s *Scratch) Close() error {
	return errors.Join(os.RemoveAll(s.Path), s.lock.Close())
}

// clearScratches removes scratch folders that no process holds. It ignores errors: they must not prevent a backup.
func clearScratches(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		if held, err := lock(path); err == nil {
			_ = os.RemoveAll(path)
			held.Close()
		}
	}
}

// lock locks a folder for this process until the file is closed or the process ends.
func lock(folder string) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
