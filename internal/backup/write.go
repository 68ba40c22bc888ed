package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"nests/internal/nest"
)

const (
	manifestName = "manifest.json"
	sealSize     = 2 * sha256.Size // hexadecimal, the comment at the end of the zip file
)

// Part is a file to add to a backup.
type Part struct {
	Name   string
	Path   string
	Packed bool // already compressed
}

// Write creates the backup file path from the manifest and the parts, verifies it, and returns the manifest in the
// file.
//
// The file is a zip that any tool opens. Its comment is the SHA-256 of everything before it, so that a missing end or a
// changed bit is always detected.
func Write(ctx context.Context, path string, m Manifest, parts []Part) (Manifest, error) {
	m.Format = format
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return m, fmt.Errorf("create backup: %w", err)
	}
	m, err = fill(ctx, f, m, parts)
	if err == nil {
		err = seal(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	return m, verify(ctx, path)
}

func fill(ctx context.Context, f *os.File, m Manifest, parts []Part) (Manifest, error) {
	z := zip.NewWriter(f)
	for _, p := range parts {
		file, err := add(ctx, z, p)
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, file)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	w, err := z.Create(manifestName)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = z.SetComment(strings.Repeat("0", sealSize))
	}
	return m, errors.Join(err, z.Close())
}

func add(ctx context.Context, z *zip.Writer, p Part) (File, error) {
	in, err := os.Open(p.Path)
	if err != nil {
		return File{}, err
	}
	defer in.Close()
	header := &zip.FileHeader{Name: p.Name, Method: zip.Deflate}
	if p.Packed {
		header.Method = zip.Store
	}
	header.SetMode(0o600)
	w, err := z.CreateHeader(header)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, sum), attached{ctx, in})
	return File{Name: p.Name, Size: size, SHA256: hexOf(sum)}, err
}

// seal writes the checksum of the file into its end and syncs the file to disk.
func seal(f *os.File) error {
	sum, at, err := sumBeforeSeal(f)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte(sum), at); err != nil {
		return err
	}
	return f.Sync()
}

func sumBeforeSeal(f *os.File) (sum string, at int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if at = info.Size() - sealSize; at < 0 {
		return "", 0, io.ErrUnexpectedEOF
	}
	whole := sha256.New()
	_, err = io.Copy(whole, io.NewSectionReader(f, 0, at))
	return hexOf(whole), at, err
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }

// attached stops reading when its context ends.
type attached struct {
	ctx context.Context
	io.Reader
}

func (a attached) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	return a.Reader.Read(p)
}

// CheckTarget returns an error when path exists and is not a backup.
func CheckTarget(path string) error {
	_, err := readUnchecked(path)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return &nest.Error{
		Code:    CodeNotBackup,
		Message: path + " exists and is not a complete backup of Nests, so it was not replaced",
		Err:     err,
		Hint:    "Choose another name, or a folder.",
	}
}

// Publish renames a finished backup to path. It replaces nothing but an older backup.
func Publish(written, path string) error {
	if err := CheckTarget(path); err != nil {
		return err
	}
	if err := os.Rename(written, path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder returns once the directory entries of a folder are on disk.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
