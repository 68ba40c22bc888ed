// Package web serves the built web app, which `make build` puts into dist, from inside the binary.
//
// It handles only files and HTTP headers, no nests and no API. It never serves the app's shell for a path of another
// handler.
package web

import (
	"embed"
	"io/fs"
)

// dist holds only .keep until the app is built, so that go build always works.
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
