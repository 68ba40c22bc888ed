package main

import (
	"fmt"
	"io"
	"strings"
)

// listenAddress is one address that the server listens on.
type listenAddress struct {
	what    string // "http", "relay", "media udp", "media tcp", "metrics"
	address string // as a user types it
}

// announce prints the addresses of a started server, and the URL to open in a browser.
func announce(out io.Writer, url string, addresses []listenAddress) {
	var b strings.Builder
	fmt.Fprintf(&b, "nests %s\n", versionText())
	for _, a := range addresses {
		fmt.Fprintf(&b, "  %-10s %s\n", a.what, a.address)
	}
	fmt.Fprintf(&b, "nests is ready: open %s in a browser, stop with Ctrl-C.\n", url)
	io.WriteString(out, b.String())
}
