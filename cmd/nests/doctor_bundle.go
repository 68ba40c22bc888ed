package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"nests/internal/config"
	"nests/internal/diagnose"
)

// bundle writes a zip file for a bug report: the report as text and JSON, the settings without secrets, and the
// versions. It replaces an existing file only when the new one is complete.
func (d doctor) bundle(path string, report diagnose.Report) (err error) {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(f.Name(), path)
		} else {
			os.Remove(f.Name())
		}
	}()
	z := zip.NewWriter(f)
	parts := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"report.txt", func(w io.Writer) error { return report.Write(w, false) }},
		{
			name: "report.json",
			write: func(w io.Writer) error {
				e := json.NewEncoder(w)
				e.SetIndent("", "  ")
				return e.Encode(report)
			},
		},
		{"settings.txt", d.settings},
		{
			name: "about.txt",
			write: func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "version: %s\nurl: %s\nnest: %s\nsystem: %s/%s\ngo: %s\n",
					versionText(), d.url, d.nest, runtime.GOOS, runtime.GOARCH, runtime.Version())
				return err
			},
		},
	}
	for _, part := range parts {
		w, err := z.Create(part.name)
		if err == nil {
			err = part.write(w)
		}
		if err != nil {
			return fmt.Errorf("write %s of bundle: %w", part.name, err)
		}
	}
	return z.Close()
}

func (d doctor) settings(w io.Writer) error {
	cfg, _, err := config.Load(d.input)
	if err != nil {
		_, err = fmt.Fprintf(w, "refused: %v\n", err)
		return err
	}
	for _, line := range cfg.Redacted() {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", line.Key, line.Value, line.Source); err != nil {
			return err
		}
	}
	return nil
}
