package main

import (
	"fmt"
	"io"
	"strings"
)

// opened is one address that the server listens on.
type listenAddress struct {
	what    string // "http", "relay", "media udp", "media tcp", "metrics"
	address string // as one would type it
}

// announce says on start, to a person, which addresses are open and what to do next.
func announce(out io.Writer, open string, addresses []listenAddress) {
	var b strings.Builder
	fmt.Fprintf(&b, "nests %s\n", versionText())
	for _, a := range addresses {
		fmt.Fprintf(&b, "  %-10s %s\n", a.what, a.address)
	}
	fmt.Fprintf(&b, "nests is ready: open %s in a browser, stop with Ctrl-C.\n", open)
	io.WriteString(out, b.String())
}
