package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nests/internal/config"
)

// load runs Load with a new data folder. file is the content of its nests.yaml, "" for none.
func load(t *testing.T, file string, env []string, flags map[string]string) (config.Config, []config.Note, error) {
	t.Helper()
	dir := t.TempDir()
	if file != "" {
		write(t, filepath.Join(dir, "nests.yaml"), file)
	}
	return config.Load(config.Input{Env: append([]string{"NESTS_DATA_DIR=" + dir}, env...), Flags: flags})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPrecedence(t *testing.T) {
	tests := []struct {
		name         string
		file         string
		env          []string
		flags        map[string]string
		want, source string
	}{
		{"default", "", nil, nil, "127.0.0.1:5544", "default"},
		{"file over default", "http_addr: 127.0.0.1:1\n", nil, nil, "127.0.0.1:1", "nests.yaml line 1"},
		{"alias over default", "", []string{"PORT=2"}, nil, "127.0.0.1:2", "PORT"},
		{"file over alias", "http_addr: 127.0.0.1:1\n", []string{"PORT=2"}, nil, "127.0.0.1:1", "nests.yaml line 1"},
		{
			name:   "environment over file",
			file:   "http_addr: 127.0.0.1:1\n",
			env:    []string{"NESTS_HTTP_ADDR=127.0.0.1:3"},
			flags:  nil,
			want:   "127.0.0.1:3",
			source: "NESTS_HTTP_ADDR",
		},
		{
			name:   "flag over environment",
			file:   "http_addr: 127.0.0.1:1\n",
			env:    []string{"NESTS_HTTP_ADDR=127.0.0.1:3"},
			flags:  map[string]string{"http_addr": "127.0.0.1:4"},
			want:   "127.0.0.1:4",
			source: "--http-addr",
		},
		{
			name:   "empty variable is unset",
			file:   "http_addr: 127.0.0.1:1\n",
			env:    []string{"NESTS_HTTP_ADDR="},
			flags:  nil,
			want:   "127.0.0.1:1",
			source: "nests.yaml line 1",
		},
		{"null in the file is unset", "http_addr:\n", nil, nil, "127.0.0.1:5544", "default"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _, err := load(t, test.file, test.env, test.flags)
			if err != nil {
				t.Fatal(err)
			}
			if c.HTTPAddr != test.want || c.Source("http_addr") != test.source {
				t.Errorf(
					"http_addr = %q from %q, want %q from %q", c.HTTPAddr, c.Source("http_addr"), test.want,
					test.source,
				)
			}
		})
	}
}

func TestEveryKeyFromEachSource(t *testing.T) {
	samples := map[string]string{
		"http_addr": "127.0.0.1:7000", "public_url": "https://nests.example,https://www.nests.example",
		"trusted_proxies": "10.0.0.0/8,192.0.2.1/32", "shutdown_timeout": "1m30s", "max_participants": "77",
		"redis": "redis://r.example/0", "livekit_api_key": "APIabcdef", "livekit_api_secret": good,
		"nostr_key": goodKey, "postgres": "postgres://db.example/nests", "media_udp_port": "1000",
		"media_tcp_port": "1001", "media_ip": "203.0.113.7", "tls_domain": "nests.example",
		"turn_domain": "turn.nests.example", "relays": "wss://a.example,wss://b.example",
		"operators": strings.Repeat("ab", 32), "create": "anyone", "quota": "7", "audit_retention": "48h",
		"turn_udp_port": "3479", "turn_tls_port": "8443", "turn_tcp_addr": "127.0.0.1:5349", "rate_limits": "off",
		"empty_timeout": "10m", "metrics_addr": "off", "log_format": "json", "log_level": "debug",
		"livekit_exclusive": "false", "livekit_url": "", "tls_cert": "cert.pem", "tls_key": "key.pem",
		"tls_addr": "127.0.0.1:8443", "tls_redirect_addr": "off", "acme_url": "https://acme.example/directory",
		"acme_email": "ops@nests.example", "acme_root": "root.pem",
	}
	// one alone is refused
	needed := map[string]string{"tls_cert": "tls_key: key.pem\n", "tls_key": "tls_cert: cert.pem\n"}
	for _, k := range config.Keys() {
		want, ok := samples[k.Name]
		if k.Name == "data_dir" || k.Name == "config" {
			continue // load sets them
		}
		if !ok {
			t.Errorf("%s has no sample in this test", k.Name)
		}
		if want == "" {
			continue
		}
		sources := map[string]func() (config.Config, []config.Note, error){
			"file": func() (config.Config, []config.Note, error) {
				return load(t, needed[k.Name]+k.Name+": "+want+"\n", nil, nil)
			},
			"environment": func() (config.Config, []config.Note, error) {
				return load(t, needed[k.Name], []string{k.Env() + "=" + want}, nil)
			},
			"flag": func() (config.Config, []config.Note, error) {
				return load(t, needed[k.Name], nil, map[string]string{k.Name: want})
			},
		}
		for source, read := range sources {
			c, _, err := read()
			if err != nil {
				t.Errorf("%s by %s: %v", k.Name, source, err)
				continue
			}
			if got := config.TextOf(c, k); got != want {
				t.Errorf("%s by %s = %q, want %q", k.Name, source, got, want)
			}
		}
	}
}

func TestListsInTheFileMayBeSequences(t *testing.T) {
	c, _, err := load(t, "relays:\n  - wss://A.example/\n  - wss://b.example\n  - wss://a.example\n", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Relays, " "); got != "wss://a.example wss://b.example" {
		t.Errorf("relays = %s", got)
	}
}

func TestUnknownKeysAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		file  string
		flags map[string]string
		want  string
	}{
		{
			name:  "typing error",
			file:  "http_adr: x\n",
			flags: nil,
			want:  "http_adr (from nests.yaml line 1) is not a setting; did you mean http_addr?",
		},
		{
			name:  "dashes",
			file:  "log_level: info\npublic-url: x\n",
			flags: nil,
			want:  "public-url (from nests.yaml line 2) is not a setting; did you mean public_url?",
		},
		{"name of the variable", "NESTS_REDIS: x\n", nil, "did you mean redis?"},
		{
			name:  "no similar key",
			file:  "colour: blue\n",
			flags: nil,
			want:  "colour (from nests.yaml line 1) is not a setting; `nests config --reference` lists them all",
		},
		{"flag", "", map[string]string{"relay": "x"}, "relay (from --relay) is not a setting; did you mean relays?"},
		{"_file form of a key without it", "relays_file: x\n", nil, "relays_file"},
		{"nested", "livekit:\n  url: x\n", nil, "settings are not nested"},
		{"twice", "http_addr: 127.0.0.1:1\nhttp_addr: 127.0.0.1:2\n", nil, "is set twice"},
		{"not a mapping", "hello\n", nil, "must hold lines such as"},
		{"not YAML", "a: [\n", nil, "is not valid YAML"},
		{"names itself", "config: other.yaml\n", nil, "set NESTS_CONFIG or --config"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := load(t, test.file, nil, test.flags)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
			if len(config.Problems(err)) != 1 {
				t.Errorf("%d problems, want 1", len(config.Problems(err)))
			}
		})
	}
}

func TestUnknownVariablesAreNoted(t *testing.T) {
	_, notes, err := load(t, "", []string{"NESTS_PUBLIC_URI=x", "NESTS_SERVICE_HOST=10.0.0.1", "OTHER=1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 2 {
		t.Fatalf("notes = %+v, want 2", notes)
	}
	if notes[0].Key != "NESTS_PUBLIC_URI" || notes[0].Hint != "did you mean NESTS_PUBLIC_URL?" {
		t.Errorf("note = %+v", notes[0])
	}
	if notes[1].Key != "NESTS_SERVICE_HOST" {
		t.Errorf("note = %+v", notes[1])
	}
}

func TestAliases(t *testing.T) {
	c, notes, err := load(t, "", []string{
		"LIVEKIT_URL=wss://livekit.example/",
		"LIVEKIT_API_KEY=APIabcdef",
		"LIVEKIT_API_SECRET=" + good,
		"DATABASE_URL=postgresql://u:p@db.example/n",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.LiveKitURL != "wss://livekit.example" || c.LiveKitAPIKey != "APIabcdef" || c.LiveKitAPISecret != good ||
		c.Postgres == "" {
		t.Errorf("aliases not used: %+v", c)
	}
	if len(notes) != 4 {
		t.Errorf("notes = %+v, want one for each alias", notes)
	}

	c, notes, err = load(t, "", []string{
		"DATABASE_URL=mysql://u:p@db.example/n",
		"REDIS_URL=redis://r.example",
		"NESTS_REDIS=redis://own.example",
		"NESTS_POSTGRES=",
		"NESTS_LIVEKIT_API_KEY=APIabcdef",
		"NESTS_LIVEKIT_API_SECRET=" + good,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Postgres != "" || c.Redis != "redis://own.example" {
		t.Errorf("postgres = %q, redis = %q", c.Postgres, c.Redis)
	}
	if len(notes) == 0 || notes[0].Key != "DATABASE_URL" || notes[0].Message != "variable not used" {
		t.Errorf("notes = %+v", notes)
	}
}

func TestNamedFileMustExist(t *testing.T) {
	if _, _, err := load(t, "", []string{"NESTS_CONFIG=" + filepath.Join(t.TempDir(), "gone.yaml")}, nil); err == nil ||
		!strings.Contains(err.Error(), "cannot be read: no such file") {
		t.Errorf("error = %v", err)
	}
	path := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, path, "shutdown_timeout: 3s\n")
	c, _, err := load(t, "shutdown_timeout: 9s\n", nil, map[string]string{"config": path})
	if err != nil {
		t.Fatal(err)
	}
	if c.ShutdownTimeout != 3*time.Second || c.File != path {
		t.Errorf("shutdown_timeout = %s from %s", c.ShutdownTimeout, c.File)
	}
}

func TestDevTakesDataSettingsFromFlagsOnly(t *testing.T) {
	dir := t.TempDir()
	c, notes, err := config.Load(config.Input{Dev: true, Flags: map[string]string{"data_dir": dir}, Env: []string{
		"NESTS_DATA_DIR=/var/lib/nests",
		"NESTS_CONFIG=/etc/nests.yaml",
		"NESTS_REDIS=redis://real.example",
		"DATABASE_URL=postgres://real.example/nests",
		"NESTS_LOG_LEVEL=debug",
		"LIVEKIT_API_KEY=devkey",
		"LIVEKIT_API_SECRET=secret",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != dir || c.Redis != "" || c.Postgres != "" {
		t.Errorf("dev uses data_dir %q, redis %q, postgres %q", c.DataDir, c.Redis, c.Postgres)
	}
	if config.TextOf(c, key(t, "log_level")) != "debug" || c.LiveKitAPISecret != "secret" {
		t.Errorf("dev ignored a setting that does not select data: %+v", c)
	}
	ignored := 0
	for _, n := range notes {
		if n.Message == "setting ignored by dev" {
			ignored++
		}
	}
	if ignored != 4 {
		t.Errorf("%d settings reported as ignored, want 4: %+v", ignored, notes)
	}
}

func key(t *testing.T, name string) config.Key {
	t.Helper()
	for _, k := range config.Keys() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no key %s", name)
	return config.Key{}
}
