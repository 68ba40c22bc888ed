package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

// version is set by the linker for releases: -ldflags "-X main.version=v1.2.3".
var version string

func versionCommand(p process) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(context.Context, *cli.Command) error {
			_, err := fmt.Fprintf(
				p.out, "nests %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
			)
			return err
		},
	}
}

// versionText is the release, or the version of the module that the build recorded, or "devel".
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
