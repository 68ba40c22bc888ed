package nesttest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Ports that tests use lie below the range from which the kernel takes ports for outgoing connections. A server that is
// stopped and started again finds its port free.
const (
	firstPort = 15_000
	portCount = 17_000
)

// FreePort returns a loopback port of the network (tcp, udp) on which no process listens. It is reserved until the test
// ends: no other test gets it, in this process or in another.
func FreePort(t testing.TB, network string) int {
	t.Helper()
	port, reservation, err := reservePort(network)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reservation.Close() })
	return port
}

// reservePort is FreePort without a test. Closing the reservation releases the port, as the end of the process does.
func reservePort(network string) (port int, reservation io.Closer, err error) {
	folder := filepath.Join(os.TempDir(), "nests-test-ports")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 0, nil, err
	}
	start := rand.IntN(portCount)
	for i := range portCount {
		port := firstPort + (start+i)%portCount
		lock, err := lockFile(filepath.Join(folder, strconv.Itoa(port)))
		if err != nil {
			continue // reserved by another test
		}
		if isFree(network, port) {
			return port, lock, nil
		}
		_ = lock.Close()
	}
	return 0, nil, fmt.Errorf("no %s port between %d and %d is free", network, firstPort, firstPort+portCount)
}

// fileLock is an open file that this process has locked. Unlike an *os.File it is not closed by the garbage collector.
type fileLock int

func lockFile(path string) (fileLock, error) {
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o666)
	if err != nil {
		return 0, err
	}
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return 0, errors.Join(err, syscall.Close(fd))
	}
	return fileLock(fd), nil
}

func (l fileLock) Close() error { return syscall.Close(int(l)) }

func isFree(network string, port int) bool {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if network == "udp" {
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	return listener.Close() == nil
}
