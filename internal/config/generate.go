package config

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// KeysFile is the file in the data folder that holds what a server made for itself.
const KeysFile = "keys.yaml"

const (
	keysFile = KeysFile
	serverID = "server_id"
)

// generated holds keys.yaml: what a server made for itself, by key.
type generated map[string]string

// makers say how each generated value is made, in the order of the file.
func makers() []struct {
	name string
	make func() string
} {
	return []struct {
		name string
		make func() string
	}{
		{serverID, newUUID},
		{"nostr_key", func() string { return randomHex(32) }},
		{"livekit_api_key", func() string { return "API" + randomHex(6) }},
		{"livekit_api_secret", func() string { return randomHex(32) }},
	}
}

// Generate creates the data folder when it is missing and completes c with keys of its own, which it keeps there for the
// next start. It returns the names of the keys it made.
func (c *Config) Generate() (made []string, err error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, &Problem{Key: "data_dir", Source: c.sources["data_dir"], Value: c.DataDir, Message: "cannot be made: " + cause(err).Error()}
	}
	if err := closeToOthers(filepath.Join(c.DataDir, keysFile)); err != nil {
		return nil, &Problem{Key: keysFile, Value: c.DataDir, Message: "cannot be kept private: " + cause(err).Error()}
	}
	keys, err := readKeys(c.DataDir)
	if err != nil {
		return nil, err
	}
	for _, m := range makers() {
		if keys[m.name] == "" && c.wants(m.name) {
			keys[m.name] = m.make()
			made = append(made, m.name)
		}
	}
	if len(made) > 0 {
		if err := writePrivate(filepath.Join(c.DataDir, keysFile), keys.text()); err != nil {
			return nil, &Problem{Key: "data_dir", Source: c.sources["data_dir"], Value: c.DataDir, Message: "cannot keep the generated keys: " + err.Error()}
		}
	}
	c.adopt(keys)
	return made, nil
}

// wants says whether a key must be made: nobody gave it, and it is of use.
func (c *Config) wants(name string) bool {
	switch name {
	case "nostr_key":
		return c.NostrKey == ""
	case "livekit_api_key":
		return c.LiveKitAPIKey == "" && c.LiveKitURL == ""
	case "livekit_api_secret":
		return c.LiveKitAPISecret == "" && c.LiveKitURL == ""
	}
	return c.ServerID == ""
}

func (c *Config) adopt(keys generated) {
	c.ServerID = keys[serverID]
	for name, at := range map[string]*string{
		"nostr_key": &c.NostrKey, "livekit_api_key": &c.LiveKitAPIKey, "livekit_api_secret": &c.LiveKitAPISecret,
	} {
		if *at == "" && keys[name] != "" {
			*at, c.sources[name] = keys[name], keysFile
		}
	}
}

// readKeys reads keys.yaml. A missing file has no keys.
func readKeys(dir string) (generated, error) {
	path := filepath.Join(dir, keysFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return generated{}, nil
	}
	if err != nil {
		return generated{}, &Problem{Key: keysFile, Value: path, Message: "cannot be read: " + cause(err).Error(), Err: err}
	}
	keys := generated{}
	if yaml.Unmarshal(raw, &keys) != nil { // its error would quote the keys
		return generated{}, &Problem{Key: keysFile, Value: path, Message: "is damaged; restore it from a backup, or move it away to start with new keys and a new server id"}
	}
	if keys == nil {
		keys = generated{}
	}
	return keys, nil
}

func (g generated) layer() layer {
	l := layer{}
	for name, text := range g {
		if name != serverID && text != "" {
			l[name] = given{text: text, source: keysFile}
		}
	}
	return l
}

func (g generated) text() string {
	text := "# Made by nests at its first start. Whoever has these keys is this server: keep them secret, and back them up.\n"
	for _, m := range makers() {
		if g[m.name] != "" {
			text += m.name + ": \"" + g[m.name] + "\"\n"
		}
	}
	return text
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newUUID is a random UUID (RFC 9562, version 4).
func newUUID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
