package front_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"nests/internal/front"
	"nests/internal/nesttest"
)

// noCertificate fails with an error that contains the requested name, as certmagic does.
type noCertificate struct{ front.Certificates }

func (noCertificate) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return nil, fmt.Errorf("no certificate available for '%s'", hello.ServerName)
}

// The log contains neither the name that a client sent nor its address, at the debug level either.
func TestFailedHandshakeIsLoggedWithoutName(t *testing.T) {
	var logged nesttest.Output
	r := newRig(t, nil)
	r.stop()
	f, err := front.Listen("127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	f.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f.Certificates = noCertificate{r.files}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	if _, err := tls.Dial("tcp", f.Addr().String(), &tls.Config{ServerName: "secret.example"}); err == nil {
		t.Error("a handshake without a certificate succeeds")
	}
	conn, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	io.WriteString(conn, "\x16\x03\x01\x02")
	conn.Close() // with a reset
	nesttest.Eventually(t, 5*time.Second, func() string {
		if n := strings.Count(logged.String(), "tls handshake failed"); n < 2 {
			return fmt.Sprintf("%d failed handshakes are logged, want 2", n)
		}
		return ""
	})
	stop()
	<-done
	for _, secret := range []string{"secret.example", conn.LocalAddr().String()} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log contains %s: %s", secret, logged.String())
		}
	}
}
