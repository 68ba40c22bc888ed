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

// dated is the name of a backup in a folder of them; names sort by time.
var dated = regexp.MustCompile(`^nests-\d{8}T\d{6}Z\.zip$`)

// Name is the name of a backup taken at that time.
func Name(at time.Time) string { return "nests-" + at.UTC().Format("20060102T150405Z") + ".zip" }

// Prune deletes what is older than the keep newest backups of this server in a folder, and returns their names. Whatever is not
// called as Name calls them, or is another server's, or cannot be read as a backup, it neither counts nor touches.
func Prune(folder, server string, keep int) (gone []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, e := range entries {
		if !dated.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if m, err := Read(filepath.Join(folder, e.Name())); err == nil && m.Server == server {
			ours = append(ours, e.Name())
		}
	}
	slices.Sort(ours)
	for _, name := range ours[:max(0, len(ours)-keep)] {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return gone, err
		}
		gone = append(gone, name)
	}
	return gone, nil
}

const scratchPrefix = ".nests-backup-"

// Scratch is a folder for the copy and the unfinished backup, beside where the backup goes, so that giving it its name is one step.
// Close removes it. What a run that was killed left behind, the next one clears away.
type Scratch struct {
	Path string
	lock *os.File
}

// NewScratch makes one.
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

// File is the path of a file in it.
func (s *Scratch) File(name string) string { return filepath.Join(s.Path, name) }

// Close removes it and everything in it.
func (s *Scratch) Close() error {
	return errors.Join(os.RemoveAll(s.Path), s.lock.Close())
}

// clearScratches removes those that nobody holds any more. What cannot be removed is no reason not to make a backup.
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

// lock takes a folder for this process; it is free again when the file is closed or the process ends, however it ends.
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
