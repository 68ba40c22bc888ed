package config_test

import (
	"strings"
	"testing"

	"nests/internal/config"
)

func TestPublicOrigins(t *testing.T) {
	tests := []struct {
		file     string
		origins  string
		relay    string
		loopback bool
	}{
		{"", "http://localhost:5544 http://127.0.0.1:5544", "ws://localhost:5544/relay", true},
		{"http_addr: 127.0.0.1:80", "http://localhost http://127.0.0.1", "ws://localhost/relay", true},
		{"http_addr: localhost:7000", "http://localhost:7000 http://127.0.0.1:7000", "ws://localhost:7000/relay", true},
		{"http_addr: 0.0.0.0:5544", "http://localhost:5544", "ws://localhost:5544/relay", true},
		{
			file:     "http_addr: :5544\npublic_url: HTTPS://Nests.Example:443/",
			origins:  "https://nests.example",
			relay:    "wss://nests.example/relay",
			loopback: false,
		},
		{
			file:     "public_url: https://nests.example, http://localhost:5544",
			origins:  "https://nests.example http://localhost:5544 http://127.0.0.1:5544",
			relay:    "wss://nests.example/relay",
			loopback: false,
		},
		{"public_url: http://127.0.0.1:5544", "http://127.0.0.1:5544", "ws://127.0.0.1:5544/relay", true},
		{
			file:     "public_url: http://192.168.1.5:5544",
			origins:  "http://192.168.1.5:5544 http://127.0.0.1:5544",
			relay:    "ws://192.168.1.5:5544/relay",
			loopback: false,
		},
		{
			file:     "http_addr: \"[::1]:5544\"\npublic_url: http://[::1]:5544",
			origins:  "http://[::1]:5544 http://127.0.0.1:5544",
			relay:    "ws://[::1]:5544/relay",
			loopback: true,
		},
		{
			file:     "http_addr: :80\ntls_domain: nests.example,www.nests.example",
			origins:  "https://nests.example https://www.nests.example",
			relay:    "wss://nests.example/relay",
			loopback: false,
		},
		{
			// A name that only begins with localhost is not loopback.
			file:     "public_url: http://localhost.evil.example",
			origins:  "http://localhost.evil.example http://127.0.0.1:5544",
			relay:    "ws://localhost.evil.example/relay",
			loopback: false,
		},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			c, _, err := load(t, test.file, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.PublicOrigins(), " "); got != test.origins {
				t.Errorf("origins = %s, want %s", got, test.origins)
			}
			if got := c.RelayURL(); got != test.relay {
				t.Errorf("relay = %s, want %s", got, test.relay)
			}
			if got := c.LoopbackOnly(); got != test.loopback {
				t.Errorf("loopback only = %v", got)
			}
		})
	}
}

func TestOriginsUseTheListenersPort(t *testing.T) {
	c, _, err := load(t, "http_addr: 127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.HTTPAddr = "127.0.0.1:40123" // the listener's port
	if got := strings.Join(c.PublicOrigins(), " "); got != "http://localhost:40123 http://127.0.0.1:40123" {
		t.Errorf("origins = %s", got)
	}
}

func FuzzOrigin(f *testing.F) {
	seeds := []string{"https://nests.example", "http://[::1]:80/", "HTTP://A:443", "http://a:b", "https://a.example#x"}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := config.Origin(s)
		if err != nil {
			return
		}
		if twice, err := config.Origin(once); err != nil || twice != once {
			t.Errorf("%q → %q → %q, %v", s, once, twice, err)
		}
	})
}
