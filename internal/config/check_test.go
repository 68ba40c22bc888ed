package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nests/internal/config"
)

const (
	good    = "d41c0b5e0f5a4a7e9f0c2b8d7a613e94c5b1f02e"
	goodKey = "5f0a9d3c7b1e4826a4c8e2f7016b9d3e8c5a7f1b2d4e6098c3a1f5e7b9d20486"
	// the key pair in the examples of NIP-19
	nsec    = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
	nsecHex = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"
	npub    = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
	npubHex = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"
)

func TestRefusedValues(t *testing.T) {
	tests := []struct{ line, want string }{
		{"http_addr: 5544", "must be a host and a port, such as 127.0.0.1:5544"},
		{"http_addr: 127.0.0.1:http", "must end in a port from 0 to 65535"},
		{"public_url: nests.example", "must be an origin such as https://nests.example"},
		{"public_url: https://nests.example/api/v1/nests", "must be an origin only"},
		{"public_url: https://a.example,ftp://b.example", "(item 2) must be an origin"},
		{"trusted_proxies: 10.0.0.0/33", "must be a network such as 10.0.0.0/8"},
		{"shutdown_timeout: 0", "must be longer than 0"},
		{"shutdown_timeout: 10", "must be a time with its unit"},
		{"empty_timeout: -1m", "must be a time with its unit"},
		{"max_participants: 0", "must be a whole number from 1 to 100000"},
		{"max_participants: many", "must be a whole number"},
		{"media_udp_port: 70000", "from 0 to 65535"},
		{"media_tcp_port: 5544", "is the port of http_addr"},
		{"media_ip: 0.0.0.0", "must be an address that listeners can reach"},
		{"tls_domain: https://nests.example", "must be a domain name without scheme"},
		{"tls_cert: cert.pem", "and tls_key belong together"},
		{"tls_addr: :5544\ntls_domain: nests.example", "is the port of http_addr"},
		{"acme_url: http://acme.example", "must be a URL such as https://"},
		{"turn_domain: nests.example\npublic_url: https://nests.example", "must differ from the names in public_url"},
		{"turn_domain: turn.nests.example\nlivekit_url: wss://livekit.example", "is for the embedded LiveKit"},
		{"turn_udp_port: 70000", "from 0 to 65535"},
		{"turn_tls_port: 0", "from 1 to 65535"},
		{"turn_tcp_addr: 5349", "must be a host and a port"},
		{"relays: https://relay.example", "must be a relay's URL such as wss://relay.example"},
		{"operators: me", "must be a public key of 64 hex digits, or an npub"},
		{"create: follows", "is follows, but there is no operator; set operators"},
		{"create: nobody", "must be anyone, list or follows"},
		{"rate_limits: some", "must be on or off"},
		{"metrics_addr: 0.0.0.0:6544", "must be on loopback"},
		{"log_format: xml", "must be auto, text or json"},
		{"log_level: loud", "must be debug, info, warn or error"},
		{"postgres: mysql://db.example", "must be a URL such as postgres://"},
		{"redis: localhost:6379", "must be a URL such as redis://"},
		{"livekit_url: livekit.example", "must be a URL such as wss://livekit.example"},
		{
			line: "livekit_url: wss://livekit.example",
			want: "livekit_api_key is missing; set it to the value in the configuration of the LiveKit",
		},
		{"livekit_exclusive: true", "applies only to an external LiveKit"},
		{"nostr_key: " + npub, "is a public key (npub)"},
		{"nostr_key: abcd", "must be a secret key of 64 hex digits, or an nsec"},
		{"nostr_key: " + strings.Repeat("0", 64), "must be a secret key"},
		{"nostr_key: " + strings.Repeat("f", 64), "must be a secret key"},
		{"nostr_key: " + strings.Repeat("0", 63) + "1", "is a well-known test key"},
		{"livekit_api_key: devkey", "is the well-known devkey"},
		{"livekit_api_key: APIxxxxxxx", "is the well-known APIxxxxxxx"},
		{"livekit_api_secret: secret", "is the well-known \"secret\""},
		{"livekit_api_secret: 0123456789abcdef", "is shorter than 32 characters"},
		{"livekit_api_secret: secretsecretsecretsecretsecretsecret", "repeats a few characters"},
		{"livekit_api_secret: changeme-9d0c5e7b1f3a2846d0c9e8b7a6f5", "is a sample (it contains \"changeme\")"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			_, _, err := load(t, test.line+"\n", nil, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error = %v, want one with %q", err, test.want)
			}
			name, _, _ := strings.Cut(test.line, ":")
			if !strings.Contains(err.Error(), "(from nests.yaml line 1)") && name != "livekit_url" {
				t.Errorf("the error does not name the source of the value: %v", err)
			}
		})
	}
}

func TestAllProblemsAreReported(t *testing.T) {
	_, _, err := load(t, "http_addr: x\nlog_level: y\nnope: 1\n", []string{"NESTS_MEDIA_IP=z"}, nil)
	if n := len(config.Problems(err)); n != 4 {
		t.Errorf("%d problems, want 4:\n%v", n, err)
	}
}

func TestErrorsQuoteNoSecret(t *testing.T) {
	const password = "hunter2hunter2"
	for _, line := range []string{
		"nostr_key: " + nsec[:60], "nostr_key: " + goodKey + "00", "operators: " + nsec,
		"livekit_api_secret: " + password, "postgres: mysql://u:" + password + "@db.example",
		"redis: http://:" + password + "@r.example", "livekit_url: wss://u:" + password + "@livekit.example",
		"relays: wss://u:" + password + "@relay.example", "public_url: https://u:" + password + "@nests.example",
		"postgres: \"postgres://u:" + password + "@db.example:port/%zz\"",
	} {
		_, _, err := load(t, line+"\n", nil, nil)
		if err == nil {
			t.Errorf("%s was accepted", line)
			continue
		}
		for _, secret := range []string{password, nsec[:60], goodKey} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error quotes the secret: %v", err)
			}
		}
	}
	damaged := filepath.Join(t.TempDir(), "keys.yaml")
	write(t, damaged, "livekit_api_secret: ["+password+"\n")
	_, _, err := config.Load(config.Input{Flags: map[string]string{"data_dir": filepath.Dir(damaged)}})
	if err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("damaged keys.yaml: %v", err)
	}
}

func TestNostrKeysInBothForms(t *testing.T) {
	for text, want := range map[string]string{nsec: nsecHex, nsecHex: nsecHex, strings.ToUpper(goodKey): goodKey} {
		c, _, err := load(t, "nostr_key: "+text+"\noperators: ["+npub+", "+npubHex+"]\n", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.NostrKey != want || len(c.Operators) != 1 || c.Operators[0] != npubHex {
			t.Errorf("nostr_key %s = %s, operators %v", text, c.NostrKey, c.Operators)
		}
	}
}

func TestSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	write(t, path, good+"\n")
	for source, read := range map[string]func() (config.Config, []config.Note, error){
		"file": func() (config.Config, []config.Note, error) {
			return load(t, "livekit_api_secret_file: "+path+"\n", nil, nil)
		},
		"environment": func() (config.Config, []config.Note, error) {
			return load(t, "", []string{"NESTS_LIVEKIT_API_SECRET_FILE=" + path}, nil)
		},
		"flag": func() (config.Config, []config.Note, error) {
			return load(t, "", nil, map[string]string{"livekit_api_secret_file": path})
		},
	} {
		c, notes, err := read()
		if err != nil || c.LiveKitAPISecret != good || len(notes) != 0 {
			t.Errorf("by %s: %q, %v, %v", source, c.LiveKitAPISecret, notes, err)
		}
	}
	c, _, err := load(t, "livekit_api_secret_file: "+filepath.Join(dir, "gone")+"\n", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "cannot be read: no such file") {
		t.Errorf("missing file: %+v, %v", c, err)
	}
	write(t, path, "\n")
	if _, _, err := load(t, "", []string{"NESTS_NOSTR_KEY_FILE=" + path}, nil); err == nil {
		t.Error("an empty secret file was accepted")
	}
	twice := []string{"NESTS_NOSTR_KEY=" + goodKey, "NESTS_NOSTR_KEY_FILE=" + path}
	if _, _, err := load(t, "", twice, nil); err == nil ||
		!strings.Contains(err.Error(), "is set twice") {
		t.Errorf("value and file together: %v", err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("a", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := load(t, "", []string{"NESTS_NOSTR_KEY_FILE=" + path}, nil); err == nil {
		t.Error("a huge secret file was accepted")
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		file string
		key  string
	}{
		{"http_addr: 0.0.0.0:5544\n", "public_url"},
		{"http_addr: 0.0.0.0:5544\npublic_url: http://nests.example\n", "public_url"},
		{"redis: redis://r.example\npostgres: postgres://db.example/n\n", "livekit_api_secret"},
		{"redis: redis://r.example\nlivekit_api_key: APIabcdef\nlivekit_api_secret: " + good + "\n", "postgres"},
		{"public_url: https://nests.example\nrate_limits: off\n", "rate_limits"},
		{"public_url: https://nests.example\nturn_domain: turn.nests.example\n", "turn_domain"},
	}
	for _, test := range tests {
		_, notes, err := load(t, test.file, nil, nil)
		if err != nil || len(notes) != 1 || notes[0].Key != test.key {
			t.Errorf("%q: notes %+v, error %v, want one about %s", test.file, notes, err, test.key)
		}
	}
	clean := "http_addr: 0.0.0.0:5544\npublic_url: https://nests.example, http://localhost:5544\n"
	if _, notes, err := load(t, clean, nil, nil); err != nil || len(notes) != 0 {
		t.Errorf("a good configuration has warnings: %+v, %v", notes, err)
	}
}

func TestDevStaysOnLoopback(t *testing.T) {
	_, _, err := config.Load(config.Input{
		Dev:   true,
		Flags: map[string]string{"data_dir": t.TempDir(), "http_addr": ":5544"},
	})
	if err == nil || !strings.Contains(err.Error(), "must be on loopback for `nests dev`") {
		t.Errorf("error = %v", err)
	}
}

func TestWarningForHTTPSWithAnHTTPPublicURL(t *testing.T) {
	for text, want := range map[string]bool{
		"tls_domain: nests.example\n":                                         false,
		"tls_domain: nests.example\npublic_url: http://nests.example\n":       true,
		"tls_cert: c.pem\ntls_key: k.pem\npublic_url: http://nests.example\n": true,
	} {
		_, notes, err := load(t, text, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(notes, func(n config.Note) bool {
			return strings.Contains(n.Hint, "HTTPS is on, but the advertised address is")
		})
		if warned != want {
			t.Errorf("%q: warned %t, want %t", text, warned, want)
		}
	}
}
