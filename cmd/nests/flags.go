package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

// configFlags returns a flag for every setting. The defaults are those of package config.
func configFlags() []cli.Flag {
	var flags []cli.Flag
	for _, k := range config.Keys() {
		usage := strings.ReplaceAll(k.Doc, "`", "")
		if k.Kind == config.Switch {
			flags = append(flags, &cli.BoolFlag{Name: k.Flag(), Usage: usage, HideDefault: true, Local: true})
			continue
		}
		flags = append(flags, &cli.StringFlag{
			Name:        k.Flag(),
			Usage:       usage,
			DefaultText: strings.Trim(k.Default+k.Unset, "`"),
			Local:       true,
		})
		if k.AllowsFile() {
			flags = append(flags, &cli.StringFlag{
				Name:  k.Flag() + "-file",
				Usage: "File with the value of --" + k.Flag() + ".",
				Local: true,
			})
		}
	}
	return flags
}

// settingFlags returns the settings that were set as flags, by the key's name in the file. Flags of the command
// itself are not settings.
func settingFlags(c *cli.Command) map[string]string {
	values := map[string]string{}
	for _, k := range config.Keys() {
		if k.Kind == config.Switch {
			if c.IsSet(k.Flag()) {
				values[k.Name] = strconv.FormatBool(c.Bool(k.Flag()))
			}
			continue
		}
		if c.IsSet(k.Flag()) {
			values[k.Name] = c.String(k.Flag())
		}
		if file := k.Flag() + "-file"; k.AllowsFile() && c.IsSet(file) {
			values[k.Name+"_file"] = c.String(file)
		}
	}
	return values
}
