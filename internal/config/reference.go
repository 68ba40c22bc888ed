package config

import (
	"fmt"
	"strings"
)

// Example is nests.yaml with every key commented out and its default.
func Example() string {
	var b strings.Builder
	b.WriteString("# nests.yaml: every setting with its default. Uncomment a line to change it.\n" +
		"# It lies in the data folder, or where NESTS_CONFIG says. Each key is also a variable (NESTS_HTTP_ADDR) and a\n" +
		"# flag (--http-addr), which win over this file. Generated: do not edit; see docs/develop.md.\n")
	for _, k := range Keys() {
		if k.Name == "config" {
			continue // a file cannot say where it lies
		}
		fmt.Fprintf(&b, "\n# %s\n", strings.ReplaceAll(k.Doc, "`", ""))
		if k.AllowsFile() {
			fmt.Fprintf(&b, "# Also as %s%s: the path of a file that holds it.\n", k.Name, fileSuffix)
		}
		fmt.Fprintf(&b, "#%s\n", strings.TrimRight(" "+k.Name+": "+k.Default, " "))
	}
	return b.String()
}

// Reference is docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Generated from internal/config/keys.go: do not edit. docs/develop.md says how. -->

Nothing needs to be configured: the first start makes what is missing in the data folder, readable by its owner only.
Settings are taken from, each winning over the one before: defaults, the file ` + "`nests.yaml`" + `, variables, flags.
` + "`nests config`" + ` shows what is in effect, and where each value came from, without secrets.

A key is written ` + "`http_addr`" + ` in the file, ` + "`NESTS_HTTP_ADDR`" + ` as a variable and ` + "`--http-addr`" + ` as a flag. Lists are comma
separated, or sequences in the file. Unknown keys in the file and unknown flags are refused; unknown ` + "`NESTS_*`" + ` variables
are reported and ignored, and so are empty ones.

| key | default | |
|---|---|---|
`)
	for _, k := range Keys() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, k.shownDefault(), k.Doc)
	}
	b.WriteString("\n## Secrets as files\nThese can also be given as the path of a file, by adding `_file`, `_FILE` or `-file` to the name: ")
	b.WriteString(sentence(Keys(), Key.AllowsFile, func(k Key) string { return "`" + k.Name + "`" }))
	b.WriteString("\n\n## Variables of other programs\nRead where our own key is unset, and reported in the log:\n\n| variable | sets |\n|---|---|\n")
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

func sentence(keys []Key, which func(Key) bool, show func(Key) string) string {
	var words []string
	for _, k := range keys {
		if which(k) {
			words = append(words, show(k))
		}
	}
	return strings.Join(words, ", ") + "."
}
