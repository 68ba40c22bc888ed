package config

import (
	"fmt"
	"strings"
)

// Example returns a nests.yaml with every key commented out and set to its default.
func Example() string {
	var b strings.Builder
	b.WriteString("# nests.yaml: every setting with its default. Uncomment a line to change it.\n" +
		"# The file is in the data folder, or at the path in NESTS_CONFIG. Each key is also a variable " +
		"(NESTS_HTTP_ADDR)\n" +
		"# and a flag (--http-addr), which override this file. Generated: do not edit; see docs/develop.md.\n")
	for _, k := range Keys() {
		if k.Name == "config" {
			continue // the file cannot name its own path
		}
		fmt.Fprintf(&b, "\n# %s\n", strings.ReplaceAll(k.Doc, "`", ""))
		if k.AllowsFile() {
			fmt.Fprintf(&b, "# Or set %s%s to the path of a file with the value.\n", k.Name, fileSuffix)
		}
		fmt.Fprintf(&b, "#%s\n", strings.TrimRight(" "+k.Name+": "+k.Default, " "))
	}
	return b.String()
}

// Reference returns docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Generated from internal/config/keys.go: do not edit. docs/develop.md says how. -->

No setting is required: the first start creates any missing files in the data folder. Only their owner can
read them.
The sources are defaults, the file ` + "`nests.yaml`" + `, variables and flags; later ones override earlier ones.
` + "`nests config`" + ` prints the settings in effect and the source of each value, without secrets.

A key is written ` + "`http_addr`" + ` in the file, ` + "`NESTS_HTTP_ADDR`" + ` as a variable and
` + "`--http-addr`" + ` as a flag.
Lists are comma separated, or sequences in the file. Unknown keys in the file and unknown flags are errors.
Unknown ` + "`NESTS_*`" + ` variables are reported and ignored; empty variables are ignored.

| key | default | |
|---|---|---|
`)
	for _, k := range Keys() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, k.shownDefault(), k.Doc)
	}
	b.WriteString("\n## Secrets as files\n" +
		"These can also be set to the path of a file, by adding `_file`, `_FILE` or `-file` to the name: ")
	b.WriteString(listOf(Keys(), Key.AllowsFile, func(k Key) string { return "`" + k.Name + "`" }))
	b.WriteString("\n\n## Variables of other programs\n" +
		"Used while the key itself is unset, and reported in the log:\n\n| variable | sets |\n|---|---|\n")
	for _, k := range Keys() {
		if k.alias != "" {
			fmt.Fprintf(&b, "| `%s` | `%s`%s |\n", k.alias, k.Name, aliasRemark(k.alias))
		}
	}
	return b.String()
}

func (k Key) shownDefault() string {
	switch {
	case k.Default != "":
		return "`" + k.Default + "`"
	case k.Unset != "":
		return k.Unset
	}
	return "–"
}

func aliasRemark(alias string) string {
	switch alias {
	case "DATABASE_URL":
		return ", only with a `postgres` scheme"
	case "PORT":
		return ": the port only, the host stays `127.0.0.1`"
	}
	return ""
}

func listOf(keys []Key, which func(Key) bool, show func(Key) string) string {
	var items []string
	for _, k := range keys {
		if which(k) {
			items = append(items, show(k))
		}
	}
	return strings.Join(items, ", ") + "."
}
