package api

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientAddr(t *testing.T) {
	t.Parallel()
	s := &Server{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                         {"192.0.2.1:5", nil, "192.0.2.1"},
		"header of an untrusted peer":      {"192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		"one proxy":                        {"10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		"proxy on IPv6 loopback":           {"[::1]:5", []string{"198.51.100.7"}, "198.51.100.7"},
		"claims further left do not count": {"10.0.0.1:5", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		"two proxies":                      {"10.0.0.1:5", []string{"198.51.100.7, 10.2.3.4"}, "198.51.100.7"},
		"two headers":                      {"10.0.0.1:5", []string{"1.1.1.1", "198.51.100.7"}, "198.51.100.7"},
		"all proxies":                      {"10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"junk ends the search":             {"10.0.0.1:5", []string{"198.51.100.7, junk, 10.0.0.2"}, "10.0.0.2"},
		"only junk":                        {"10.0.0.1:5", []string{"junk"}, "10.0.0.1"},
		"no header":                        {"10.0.0.1:5", nil, "10.0.0.1"},
		"with a port":                      {"10.0.0.1:5", []string{"198.51.100.7:1234"}, "198.51.100.7"},
		"IPv6 with a port":                 {"10.0.0.1:5", []string{"[2001:db8::7]:1234"}, "2001:db8::7"},
		"IPv6 in brackets":                 {"10.0.0.1:5", []string{"[2001:db8::7]"}, "2001:db8::7"},
		"mapped IPv4":                      {"[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			for _, value := range c.forwarded {
				r.Header.Add("X-Forwarded-For", value)
			}
			if got := s.ClientAddr(r); got.String() != c.want {
				t.Errorf("client is %v, want %s", got, c.want)
			}
		})
	}
}

func TestExempt(t *testing.T) {
	t.Parallel()
	local := []string{"http://localhost:5544", "http://127.0.0.1:5544", "http://[::1]:5544"}
	public := []string{"http://localhost:5544", "https://nests.example"}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, c := range map[string]struct {
		peer    string
		origins []string
		proxies []netip.Prefix
		want    bool
	}{
		"same machine":          {"127.0.0.1:5", local, nil, true},
		"same machine, IPv6":    {"[::1]:5", local, nil, true},
		"a public origin too":   {"127.0.0.1:5", public, nil, false},
		"loopback is the proxy": {"127.0.0.1:5", local, loopback, false},
		"another machine":       {"192.0.2.1:5", local, nil, false},
		"no origin at all":      {"127.0.0.1:5", nil, nil, false},
		"an invalid origin":     {"127.0.0.1:5", []string{"http://%zz"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Server{TrustedProxies: c.proxies, Config: PublicConfig{Origins: c.origins}}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			r.Header.Set("X-Forwarded-For", "127.0.0.1")
			if got := s.exempt(r); got != c.want {
				t.Errorf("exempt is %v", got)
			}
		})
	}
}
