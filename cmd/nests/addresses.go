package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"nests/internal/media"
)

// parseRedis reads redis://user:password@host:port/db, or rediss for TLS.
func parseRedis(text string) (media.Redis, error) {
	if text == "" {
		return media.Redis{}, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return media.Redis{}, errors.New("NESTS_REDIS is not a URL like redis://host:6379/0")
	}
	r := media.Redis{Address: u.Host, Username: u.User.Username(), TLS: u.Scheme == "rediss"}
	r.Password, _ = u.User.Password()
	if db := strings.Trim(u.Path, "/"); db != "" {
		if r.DB, err = strconv.Atoi(db); err != nil {
			return media.Redis{}, fmt.Errorf("NESTS_REDIS names database %q, which is not a number", db)
		}
	}
	return r, nil
}

// listenAddresses are the addresses to announce at start, as a user types them.
func (a *app) listenAddresses() []listenAddress {
	addresses := []listenAddress{{"http", "http://" + a.cfg.HTTPAddr}, {"relay", a.cfg.RelayURL()}}
	if a.front != nil {
		addresses = append(addresses, listenAddress{"https", a.front.Addr().String()})
		if plain := a.front.RedirectAddr(); plain != nil {
			addresses = append(addresses, listenAddress{"redirect", plain.String()})
		}
	}
	if a.livekit == nil {
		addresses = append(addresses, listenAddress{"livekit", a.cfg.LiveKitURL})
		return append(addresses, a.metricsAddress()...)
	}
	addresses = append(addresses, listenAddress{"media udp", ":" + strconv.Itoa(a.livekit.UDPPort)})
	if a.livekit.TCPPort != 0 {
		addresses = append(addresses, listenAddress{"media tcp", ":" + strconv.Itoa(a.livekit.TCPPort)})
	}
	if turn := a.livekit.TURN; turn != nil && turn.UDPPort != 0 {
		addresses = append(addresses, listenAddress{"turn udp", ":" + strconv.Itoa(turn.UDPPort)})
	}
	if turn := a.livekit.TURN; turn != nil && turn.Listener != nil {
		url := "turns:" + net.JoinHostPort(turn.Domain, strconv.Itoa(turn.TLSPort))
		addresses = append(addresses, listenAddress{"turn tls", url})
	}
	return append(addresses, a.metricsAddress()...)
}

func (a *app) metricsAddress() []listenAddress {
	if a.metrics == nil {
		return nil
	}
	return []listenAddress{{"metrics", "http://" + a.metrics.Addr().String() + "/metrics"}}
}

// dialAddr is the address at which this machine reaches a listener: an unspecified host becomes the loopback address.
func dialAddr(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip, parseErr := netip.ParseAddr(host); err == nil && parseErr == nil && !ip.IsUnspecified() {
		return net.JoinHostPort(host, port)
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// withPort replaces the port of addr with the listener's, for addresses with port 0.
func withPort(addr string, l net.Listener) string {
	tcp, ok := l.Addr().(*net.TCPAddr)
	i := strings.LastIndex(addr, ":")
	if !ok || i < 0 {
		return addr
	}
	return addr[:i+1] + strconv.Itoa(tcp.Port)
}

func freeUDPPort() (int, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free UDP port: %w", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port, nil
}
