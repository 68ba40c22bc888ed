package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFile reads nests.yaml, a flat mapping of the keys. A missing file counts as empty unless asked is true: the user
// named the file.
func readFile(path string, asked bool, keys []Key) (layer, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !asked {
		return layer{}, nil
	}
	if err != nil {
		return nil, &Problem{
			Key:     "config",
			Value:   path,
			Message: "cannot be read: " + withoutPath(err).Error(),
			Err:     err,
		}
	}
	return parseFile(raw, filepath.Base(path), keys)
}

// parseFile continues after a problem, so that the error holds all of them.
func parseFile(raw []byte, name string, keys []Key) (layer, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, &Problem{
			Key:     "config",
			Value:   name,
			Message: "is not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: "),
		}
	}
	if doc.Kind == 0 { // nothing but comments
		return layer{}, nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return layer{}, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, &Problem{Key: "config", Value: name, Message: "must hold lines such as `http_addr: 127.0.0.1:5544`"}
	}
	l := layer{}
	var problems []error
	for i := 0; i < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		source := fmt.Sprintf("%s line %d", name, key.Line)
		text, err := scalar(node)
		switch {
		case err != nil:
			problems = append(problems, &Problem{Key: key.Value, Source: source, Message: err.Error()})
		case key.Value == "config":
			problems = append(problems, &Problem{
				Key:     key.Value,
				Source:  source,
				Message: "cannot name another file; set NESTS_CONFIG or --config",
			})
		default:
			problems = append(problems, l.put(keys, key.Value, text, source))
		}
	}
	return l, errors.Join(problems...)
}

// scalar returns a value as text, the items of a sequence joined with commas.
func scalar(node *yaml.Node) (string, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		return "", nil
	case node.Kind == yaml.ScalarNode:
		return node.Value, nil
	case node.Kind == yaml.SequenceNode:
		items := make([]string, len(node.Content))
		for i, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", errors.New("must be a list of plain values")
			}
			items[i] = item.Value
		}
		return join(items), nil
	}
	return "", errors.New("must be one value or a list of values; settings are not nested")
}
