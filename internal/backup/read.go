package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"nests/internal/nest"
)

// Reader is an open backup with a valid checksum.
type Reader struct {
	Manifest Manifest
	path     string
	file     *os.File
	zip      *zip.Reader
}

// Open opens a backup. It fails when the file is incomplete, changed, of a newer format or no backup.
func Open(path string) (*Reader, error) {
	r, err := open(path)
	if err != nil {
		return nil, err
	}
	sum, at, err := sumBeforeSeal(r.file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read backup: %w", err), r.Close())
	}
	written := make([]byte, sealSize)
	if _, err := r.file.ReadAt(written, at); err != nil {
		return nil, errors.Join(fmt.Errorf("read backup: %w", err), r.Close())
	}
	if string(written) != sum {
		return nil, errors.Join(damaged(path, errors.New("its checksum does not match")), r.Close())
	}
	return r, nil
}

// readUnchecked returns the manifest without checking the file.
func readUnchecked(path string) (Manifest, error) {
	r, err := open(path)
	if err != nil {
		return Manifest{}, err
	}
	return r.Manifest, r.Close()
}

// verify reads a whole backup and verifies every checksum.
func verify(ctx context.Context, path string) error {
	r, err := Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range r.Manifest.Files {
		if err := r.copy(ctx, f, io.Discard); err != nil {
			return err
		}
	}
	return nil
}

func open(path string) (_ *Reader, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, notBackup(path, errors.New("it is a folder"))
	}
	r := &Reader{path: path, file: f}
	if r.zip, err = zip.NewReader(f, info.Size()); err != nil {
		if begin := make([]byte, 4); readsAs(f, begin, "PK\x03\x04") {
			return nil, damaged(path, err)
		}
		return nil, notBackup(path, err)
	}
	return r, r.readManifest()
}

func readsAs(f *os.File, begin []byte, want string) bool {
	_, err := f.ReadAt(begin, 0)
	return err == nil && string(begin) == want
}

func (r *Reader) readManifest() error {
	f, err := r.zip.Open(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return notBackup(r.path, err)
	}
	if err != nil {
		return damaged(r.path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return damaged(r.path, err)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&r.Manifest); err != nil || r.Manifest.Format == 0 {
		return notBackup(r.path, err)
	}
	if have := r.Manifest.Format; have > format {
		return &nest.Error{
			Code:    CodeTooNew,
			Message: fmt.Sprintf("The backup has format %d, but this binary knows %d", have, format),
			Hint:    "Restore it with the version that wrote it, " + r.Manifest.Version + ", or a newer one.",
		}
	}
	return nil
}

// Extract writes one file of the backup into the new, private file to. It returns once that is on disk.
func (r *Reader) Extract(ctx context.Context, name, to string) error {
	for _, part := range r.Manifest.Files {
		if part.Name != name {
			continue
		}
		f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		err = r.copy(ctx, part, f)
		return errors.Join(err, f.Sync(), f.Close())
	}
	return damaged(r.path, fmt.Errorf("it has no %s", name))
}

func (r *Reader) copy(ctx context.Context, part File, to io.Writer) error {
	f, err := r.zip.Open(part.Name)
	if err != nil {
		return damaged(r.path, err)
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(to, sum), attached{ctx, f})
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || err == nil && hexOf(sum) != part.SHA256 {
		return damaged(r.path, errors.Join(err, fmt.Errorf("the content of %s changed", part.Name)))
	}
	return err
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }
