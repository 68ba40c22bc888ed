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

// format is raised when an older binary would misread a newer file.
const format = 1

// Manifest says what a backup holds. It is the file manifest.json in it.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the binary that wrote it
	Schema  int       `json:"schema"`  // of the database
	Store   string    `json:"store"`   // kind of the database
	Server  string    `json:"server"`  // the id of the server, so that nobody's old backups are taken for ours
	TakenAt time.Time `json:"taken_at"`
	Files   []File    `json:"files"`
}

// File is one part of a backup.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Has says whether a file is in it.
func (m Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name })
}

// Bytes is what its files hold unpacked.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

func damaged(path string, err error) error {
	return &nest.Error{Code: CodeDamaged, Message: fmt.Sprintf("The backup %s is cut off or was altered", path), Err: err,
		Hint: "Copy it again from where it came, or take an older one. Nothing was changed."}
}

func notBackup(path string, err error) error {
	return &nest.Error{Code: CodeNotBackup, Message: path + " is no backup of Nests", Err: err,
		Hint: "Give the path of a file that `nests backup` wrote."}
}
