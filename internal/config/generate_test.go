package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nests/internal/config"
	"nests/internal/nest"
)

// generate loads the configuration and generates the missing keys, as a start does.
func generate(t *testing.T, dir string, flags map[string]string) (config.Config, []string) {
	t.Helper()
	all := map[string]string{"data_dir": dir}
	for k, v := range flags {
		all[k] = v
	}
	c, _, err := config.Load(config.Input{Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return c, made
}

func TestFirstStartGeneratesKeysOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "data")
	first, made := generate(t, dir, nil)
	if want := []string{"server_id", "nostr_key", "livekit_api_key", "livekit_api_secret"}; !slices.Equal(made, want) {
		t.Errorf("generated %v, want %v", made, want)
	}
	if !nest.IsID(first.ServerID) || len(first.NostrKey) != 64 || len(first.LiveKitAPISecret) != 64 ||
		first.LiveKitAPIKey == "" {
		t.Errorf("keys are not complete: %+v", first)
	}
	if mode := permissions(t, dir); mode != 0o700 {
		t.Errorf("data folder has mode %o, want 700", mode)
	}
	if mode := permissions(t, filepath.Join(dir, "keys.yaml")); mode != 0o600 {
		t.Errorf("keys.yaml has mode %o, want 600", mode)
	}
	if names := files(t, dir); !slices.Equal(names, []string{"keys.yaml"}) {
		t.Errorf("data folder holds %v, want keys.yaml alone", names)
	}

	second, made := generate(t, dir, nil)
	if len(made) != 0 {
		t.Errorf("the second start generated %v", made)
	}
	if second.ServerID != first.ServerID || second.NostrKey != first.NostrKey ||
		second.LiveKitAPIKey != first.LiveKitAPIKey || second.LiveKitAPISecret != first.LiveKitAPISecret {
		t.Error("the second start has other keys")
	}
	if second.Source("nostr_key") != "keys.yaml" {
		t.Errorf("nostr_key is from %q", second.Source("nostr_key"))
	}
	if other, _ := generate(t, t.TempDir(), nil); other.NostrKey == first.NostrKey || other.ServerID == first.ServerID {
		t.Error("two servers have the same keys")
	}
}

func TestOnlyMissingKeysAreGenerated(t *testing.T) {
	dir := t.TempDir()
	c, made := generate(t, dir, map[string]string{"nostr_key": goodKey, "livekit_url": "wss://livekit.example",
		"livekit_api_key": "APIabcdef", "livekit_api_secret": good})
	if !slices.Equal(made, []string{"server_id"}) || c.NostrKey != goodKey || c.LiveKitAPISecret != good {
		t.Errorf("generated %v, config %+v", made, c)
	}
	id := c.ServerID
	c, made = generate(t, dir, nil)
	if len(made) != 3 || c.ServerID != id {
		t.Errorf("generated %v, server id %s, want %s", made, c.ServerID, id)
	}
}

func TestReadableKeysBecomePrivate(t *testing.T) {
	dir := t.TempDir()
	first, _ := generate(t, dir, nil)
	path := filepath.Join(dir, "keys.yaml")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if again, _ := generate(t, dir, nil); again.NostrKey != first.NostrKey {
		t.Error("the keys changed")
	}
	if mode := permissions(t, path); mode != 0o600 {
		t.Errorf("keys.yaml has mode %o, want 600", mode)
	}
}

func TestLoadWritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, _, err := config.Load(config.Input{Flags: map[string]string{"data_dir": dir}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("Load created the data folder: %v", err)
	}
}

func TestFolderThatCannotBeCreated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	c, _, err := config.Load(config.Input{Flags: map[string]string{"data_dir": filepath.Join(t.TempDir(), "data")}})
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = filepath.Join(file, "data")
	if _, err := c.Generate(); err == nil || !strings.Contains(err.Error(), "data_dir") {
		t.Errorf("error = %v", err)
	}
}

func TestRedactedHoldsNoSecret(t *testing.T) {
	dir := t.TempDir()
	c, _ := generate(t, dir, map[string]string{"postgres": "postgres://u:hunter2@db.example/nests?sslpassword=hunter3",
		"redis": "redis://:hunter4@r.example/0"})
	var listing strings.Builder
	for _, line := range c.Redacted() {
		listing.WriteString(line.Key + "=" + line.Value + "\n")
	}
	for _, secret := range []string{"hunter2", "hunter3", "hunter4", c.NostrKey, c.LiveKitAPISecret} {
		if strings.Contains(listing.String(), secret) {
			t.Errorf("the listing shows %s:\n%s", secret, listing.String())
		}
	}
	for _, want := range []string{
		"postgres=postgres://db.example/nests (hidden)",
		"redis=redis://r.example/0 (hidden)",
		"nostr_key=(hidden)",
		"public_url=http://localhost:5544,http://127.0.0.1:5544",
		"media_ip=(detected)",
		"rate_limits=on",
		"livekit_api_key=" + c.LiveKitAPIKey,
	} {
		if !strings.Contains(listing.String(), want+"\n") {
			t.Errorf("the listing lacks %q:\n%s", want, listing.String())
		}
	}
}

func permissions(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
