package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func parseAddr(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@") {
		return "", errors.New("must be a host and a port, such as 127.0.0.1:5544")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", errors.New("must end in a port from 0 to 65535, such as 127.0.0.1:5544")
	}
	return net.JoinHostPort(host, port), nil
}

func parseAddrOrOff(s string) (string, error) {
	if strings.EqualFold(s, "off") {
		return "", nil
	}
	return parseAddr(s)
}

// parseMetricsAddr requires loopback: pprof shows memory, and with it secrets.
func parseMetricsAddr(s string) (string, error) {
	addr, err := parseAddrOrOff(s)
	if err != nil || addr == "" {
		return "", err
	}
	if host, _, _ := net.SplitHostPort(addr); !isLoopback(host) {
		return "", errors.New(
			"must be on loopback, such as 127.0.0.1:6544, because pprof shows secrets; reach it through a tunnel",
		)
	}
	return addr, nil
}

func showAddrOrOff(s string) string {
	if s == "" {
		return "off"
	}
	return s
}

func parseIP(s string) (string, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.IsUnspecified() {
		return "", errors.New("must be an address that listeners can reach, such as 203.0.113.7")
	}
	return addr.String(), nil
}

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$`)

func parseDomain(s string) (string, error) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	if !domainPattern.MatchString(s) {
		return "", errors.New("must be a domain name without scheme and port, such as nests.example")
	}
	return s, nil
}

// parseURL accepts a URL of one of the schemes. Its errors quote no part of the URL, which may hold a password.
func parseURL(schemes ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" && u.Query().Get("host") == "" || !slices.Contains(schemes, u.Scheme) {
			return "", errors.New("must be a URL such as " + schemes[0] + "://user:password@host/name")
		}
		return s, nil
	}
}

func parseLiveKitURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !slices.Contains([]string{"ws", "wss", "http", "https"}, u.Scheme) {
		return "", errors.New("must be a URL such as wss://livekit.example")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New(
			"must have no user, query or fragment; set livekit_api_key and livekit_api_secret instead",
		)
	}
	return strings.TrimSuffix(s, "/"), nil
}

func parseRelay(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return "", errors.New("must be a relay's URL such as wss://relay.example")
	}
	if u.User != nil || u.Fragment != "" {
		return "", errors.New("must have no user and no fragment")
	}
	u.Host = strings.ToLower(u.Host)
	return strings.TrimSuffix(u.String(), "/"), nil
}

// isLoopback judges a host as written, without resolving it: a name may resolve to another address tomorrow.
func isLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
