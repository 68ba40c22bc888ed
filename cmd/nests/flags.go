package main

import (
	"strings"

	"github.com/urfave/cli/v3"

	"nests/internal/config"
)

// configFlags makes a flag of every key. They have no defaults of their own: config knows them.
func configFlags() []cli.Flag {
	var flags []cli.Flag
	for _, k := range config.Keys() {
		usage := strings.ReplaceAll(k.Doc, "`", "")
		if k.Kind == config.Switch {
			flags = append(flags, &cli.BoolFlag{Name: k.Flag(), Usage: usage, HideDefault: true, Local: true})
			continue
		}
		flags = append(flags, &cli.StringFlag{Name: k.Flag(), Usage: usage, DefaultText: strings.Trim(k.Default+k.Unset, "`"), Local: true})
		if k.AllowsFile() {
			flags = append(flags, &cli.StringFlag{Name: k.Flag() + "-file", Usage: "File that holds --" + k.Flag() + ".", Local: true})
		}
	}
	return flags
}

// given are the flags that were written, by the key's name in the file.
func given(c *cli.Command) map[string]string {
	values := map[string]string{}
	for _, f := range c.Flags {
		name := f.Names()[0]
		if !c.IsSet(name) {
			continue
		}
		key := strings.ReplaceAll(name, "-", "_")
		switch f.(type) {
		case *cli.BoolFlag:
			values[key] = "false"
			if c.Bool(name) {
				values[key] = "true"
			}
		case *cli.StringFlag:
			values[key] = c.String(name)
		}
	}
	return values
}
