package nesttest

import (
	"testing"

	"nests/internal/media"
)

// FreePort is a loopback port of the network (tcp, udp) on which nobody listens now.
func FreePort(t testing.TB, network string) int {
	t.Helper()
	find := media.FreePort
	if network == "udp" {
		find = freeUDPPort
	}
	port, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
