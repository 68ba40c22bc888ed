package backup

import (
	"fmt"
	"slices"
	"time"

	"nests/internal/nest"
)

// Codes of refusals.
const (
	CodeDamaged   nest.Code = "backup_damaged"
	CodeNotBackup nest.Code = "not_a_backup"
	CodeTooNew    nest.Code = "backup_too_new"
)

// format is the version of the file format. Raise it when an older binary would misread a newer file.
const format = 1

// Manifest lists the contents of a backup. It is stored as manifest.json.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the binary that wrote it
	Schema  int       `json:"schema"`  // of the database
	Store   string    `json:"store"`   // kind of the database
	Server  string    `json:"server"`  // the id of the server; Prune deletes backups of the same server only
	TakenAt time.Time `json:"taken_at"`
	Files   []File    `json:"files"`
}

// File is one part of a backup.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Has reports whether the backup holds a file of that name.
func (m Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name })
}

// Bytes returns the unpacked size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

func damaged(path string, err error) error {
	return &nest.Error{
		Code:    CodeDamaged,
		Message: fmt.Sprintf("The backup %s is incomplete or was changed", path),
		Err:     err,
		Hint:    "Copy it again from its source, or use an older backup. Nothing was changed.",
	}
}

func notBackup(path string, err error) error {
	return &nest.Error{Code: CodeNotBackup, Message: path + " is not a backup of Nests", Err: err,
		Hint: "Give the path of a file written by `nests backup`."}
}
