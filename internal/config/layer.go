package config

import (
	"errors"
	"io"
	"os"
	"strings"
)

const sourceDefault = "default"

// entry is one configured value, not parsed yet.
type entry struct {
	text   string
	source string
}

// layer holds the values of one source by key. A higher layer overrides lower ones key by key.
type layer map[string]entry

// put adds the value of a name. For a _file form it reads the value from that file. It ignores empty values, because
// orchestrators pass empty variables.
func (l layer) put(keys []Key, name, text, source string) error {
	key, isFile, ok := lookup(keys, name)
	if !ok {
		return unknown(keys, name, source)
	}
	if text == "" {
		return nil
	}
	if other, twice := l[key.Name]; twice {
		return &Problem{
			Key:     key.Name,
			Source:  source,
			Message: "is set twice, also by " + other.source + "; keep one of them",
		}
	}
	if isFile {
		secret, err := readSecret(text)
		if err != nil {
			return &Problem{Key: key.Name, Source: source, Value: text, Message: "cannot be read: " + err.Error()}
		}
		text = secret
	}
	l[key.Name] = entry{text: text, source: source}
	return nil
}

// readSecret reads a short file and drops the line break that editors add.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", withoutPath(err)
	}
	defer f.Close()
	const limit = 16 << 10
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", withoutPath(err)
	}
	secret := strings.TrimSpace(string(raw))
	if len(raw) > limit || secret == "" {
		return "", errors.New("it must contain only the secret")
	}
	return secret, nil
}

// withoutPath drops the path from an error whose message names it already.
func withoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func unknown(keys []Key, name, source string) error {
	p := &Problem{Key: name, Source: source, Message: "is not a setting; `nests config --reference` lists them all"}
	if near := Nearest(name, names(keys)); near != "" {
		p.Message = "is not a setting; did you mean " + near + "?"
	}
	return p
}
