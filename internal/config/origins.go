package config

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
)

// parseOrigin converts an origin to the form that browsers send: lower case, no default port, no path.
func parseOrigin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("must be an origin such as https://nests.example")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return "", errors.New("must be an origin only, without user, path and query, such as https://nests.example")
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + port, nil
}

// PublicOrigins are all origins under which a request may be signed, the advertised one first. With port 0 they are
// valid only once HTTPAddr holds the listener's port.
func (c Config) PublicOrigins() []string {
	origins := slices.Clone(c.PublicURLs)
	if len(origins) == 0 {
		origins = c.defaultOrigins()
	}
	if local := origin("127.0.0.1", c.port()); c.BoundToLoopback() && !slices.Contains(origins, local) {
		origins = append(origins, local)
	}
	return origins
}

// PublicURL is the advertised origin.
func (c Config) PublicURL() string { return c.PublicOrigins()[0] }

// RelayURL is the canonical address of the embedded relay.
func (c Config) RelayURL() string {
	return "ws" + strings.TrimPrefix(c.PublicURL(), "http") + "/relay"
}

// LoopbackOnly reports whether the host of every public URL is loopback, so that only this machine uses the server.
// Only then does the server dial private relay addresses and exempt loopback clients from the rate limits.
func (c Config) LoopbackOnly() bool {
	return !slices.ContainsFunc(c.PublicOrigins(), func(o string) bool {
		u, err := url.Parse(o)
		return err != nil || !isLoopback(u.Hostname())
	})
}

// BoundToLoopback reports whether only this machine can reach the HTTP port.
func (c Config) BoundToLoopback() bool {
	host, _, err := net.SplitHostPort(c.HTTPAddr)
	return err == nil && isLoopback(host)
}

func (c Config) defaultOrigins() []string {
	var origins []string
	for _, name := range c.TLSDomains {
		origins = append(origins, "https://"+name)
	}
	if len(origins) == 0 {
		return []string{origin("localhost", c.port())}
	}
	return origins
}

func (c Config) port() string {
	_, port, _ := net.SplitHostPort(c.HTTPAddr)
	return port
}

func origin(host, port string) string {
	o, err := parseOrigin("http://" + net.JoinHostPort(host, port))
	if err != nil {
		return "http://" + host // no port yet, see PublicOrigins
	}
	return o
}
