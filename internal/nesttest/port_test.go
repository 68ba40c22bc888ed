package nesttest

import (
	"net"
	"strconv"
	"testing"
)

func TestFreePortIsReservedUntilTheTestEnds(t *testing.T) {
	var port int
	t.Run("reserved", func(t *testing.T) {
		port = FreePort(t, "tcp")
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		seen := map[int]bool{port: true}
		for range 50 {
			for _, network := range []string{"tcp", "udp"} {
				next := FreePort(t, network)
				if seen[next] {
					t.Fatalf("port %d was given to two tests", next)
				}
				seen[next] = true
			}
		}
	})
	if !isFree("tcp", port) {
		t.Errorf("port %d is still in use", port)
	}
}
