// Package web serves the built web app, which `make build` puts into dist, from inside the binary.
//
// It knows files and HTTP headers only: no nest, no API. Paths that belong to others never reach the app's shell.
package web

import (
	"embed"
	"io/fs"
)

// dist holds only .keep until the app was built, so that `go build` always works.
//
//go:embed all:dist
var dist embed.FS

// Dist is the embedded build.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directive above names the folder
	}
	return sub
}
