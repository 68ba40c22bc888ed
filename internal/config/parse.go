package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

func plain(s string) string { return s }

func parseText(s string) (string, error) { return s, nil }

func join(items []string) string { return strings.Join(items, ",") }

// list parses comma separated items in order and drops empty and repeated ones. Errors name an item by its number and
// do not quote it, because it may be a secret.
func list[T comparable](item func(string) (T, error)) func(string) ([]T, error) {
	return func(s string) ([]T, error) {
		var items []T
		for i, part := range strings.Split(s, ",") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			v, err := item(part)
			if err != nil {
				return nil, fmt.Errorf("(item %d) %w", i+1, err)
			}
			if !slices.Contains(items, v) {
				items = append(items, v)
			}
		}
		return items, nil
	}
}

func parseNumber(low, high int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("must be a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

func showNumber(n int) string { return strconv.Itoa(n) }

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, errors.New("must be a time with its unit, such as 90s, 10m or 2h")
	}
	return d, nil
}

func parsePositive(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	if err == nil && d == 0 {
		err = errors.New("must be longer than 0, such as 10s")
	}
	return d, err
}

// showDuration prints 10m0s as 10m, and 0s as 0.
func showDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	if s == "0s" {
		return "0"
	}
	return s
}

func parseSwitch(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

func showSwitch(b bool) string { return strconv.FormatBool(b) }

// parseOnOff also accepts true and false, because YAML tools rewrite on and off to them.
func parseOnOff(s string) (bool, error) {
	b, err := parseSwitch(s)
	if err != nil {
		err = errors.New("must be on or off")
	}
	return b, err
}

func showOnOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func oneOf(values ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		s = strings.ToLower(s)
		if slices.Contains(values, s) {
			return s, nil
		}
		return "", errors.New("must be " + strings.Join(values[:len(values)-1], ", ") + " or " + values[len(values)-1])
	}
}

func parseLevel(s string) (slog.Level, error) {
	name, err := oneOf("debug", "info", "warn", "error")(s)
	if err != nil {
		return 0, err
	}
	var level slog.Level
	return level, level.UnmarshalText([]byte(name))
}

func showLevel(l slog.Level) string { return strings.ToLower(l.String()) }

// parsePrefix reads a CIDR; a bare address is a network of one address.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errors.New("must be a network such as 10.0.0.0/8 or an address")
	}
	return p.Masked(), nil
}

func joinPrefixes(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.String()
	}
	return join(texts)
}
