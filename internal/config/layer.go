package config

import (
	"errors"
	"io"
	"os"
	"strings"
)

const sourceDefault = "default"

// given is one value as somebody wrote it.
type given struct {
	text   string
	source string
}

// layer holds what one place says, by key. A higher layer wins key by key.
type layer map[string]given

// put adds a value under its name in the file, reading it from a file when the name is a _file form. Empty values are
// passed over: orchestrators hand down variables that are set to nothing.
func (l layer) put(keys []Key, name, text, source string) error {
	key, isFile, ok := lookup(keys, name)
	if !ok {
		return unknown(keys, name, source)
	}
	if text == "" {
		return nil
	}
	if other, twice := l[key.Name]; twice {
		return &Problem{Key: key.Name, Source: source, Message: "is given twice, also by " + other.source + "; keep one of them"}
	}
	if isFile {
		secret, err := readSecret(text)
		if err != nil {
			return &Problem{Key: key.Name, Source: source, Value: text, Message: "cannot be read: " + err.Error()}
		}
		text = secret
	}
	l[key.Name] = given{text: text, source: source}
	return nil
}

// readSecret reads a short file without the line end that editors add.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	const limit = 16 << 10
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", cause(err)
	}
	secret := strings.TrimSpace(string(raw))
	if len(raw) > limit || secret == "" {
		return "", errors.New("it must hold the secret and nothing else")
	}
	return secret, nil
}

// cause drops the path that the message around it names already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func unknown(keys []Key, name, source string) error {
	p := &Problem{Key: name, Source: source, Message: "is no setting; `nests config --reference` lists them all"}
	if near := Nearest(name, names(keys)); near != "" {
		p.Message = "is no setting; did you mean " + near + "?"
	}
	return p
}
