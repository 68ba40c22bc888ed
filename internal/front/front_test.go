package front_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nests/internal/front"
	"nests/internal/nesttest"
)

// rig is a running front with a certificate of its own authority. Its handler answers with the request's protocol and
// host.
type rig struct {
	t         testing.TB
	front     *front.Front
	files     *front.Files
	authority *nesttest.Authority
	cert, key string
	stop      func() // blocks until the front has stopped
}

func newRig(t testing.TB, routes map[string]string) *rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	r := &rig{
		t:         t,
		authority: nesttest.NewAuthority(t),
		cert:      filepath.Join(t.TempDir(), "cert.pem"),
		key:       filepath.Join(t.TempDir(), "key.pem"),
	}
	r.authority.Issue(t, r.cert, r.key, time.Now().Add(time.Hour), "nests.example", "turn.nests.example")
	var err error
	if r.front, err = front.Listen("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if r.files, err = front.OpenFiles(r.cert, r.key, log); err != nil {
		t.Fatal(err)
	}
	r.files.CheckInterval = 10 * time.Millisecond
	r.front.Log, r.front.Certificates, r.front.Routes = log, r.files, routes
	r.front.Origins = []string{"https://nests.example", "https://www.nests.example", "http://127.0.0.1:5544"}
	server := &http.Server{Handler: front.WithHSTS(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Proto+" "+r.Host)
	}), "https://nests.example")}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- server.Serve(r.front.Listener()) }()
	go func() { done <- r.front.Run(ctx) }()
	r.stop = func() {
		cancel()
		server.Close()
		for range 2 {
			select {
			case <-done:
			case <-time.After(5 * time.Second):
				t.Fatal("the front did not stop")
			}
		}
	}
	return r
}

// dial does the handshake of a client that requests a name.
func (r *rig) dial(name string, protocols ...string) (*tls.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", r.front.Addr().String(),
		&tls.Config{ServerName: name, RootCAs: r.authority.Pool, NextProtos: protocols})
}

func (r *rig) client(http2 bool) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	return &http.Client{Transport: &http.Transport{
		Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: r.authority.Pool, ServerName: "nests.example"},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, r.front.Addr().String())
		},
	}}
}

func TestHTTPSWithHTTP1AndHTTP2(t *testing.T) {
	r := newRig(t, nil)
	defer r.stop()
	for http2, want := range map[bool]string{false: "HTTP/1.1 nests.example", true: "HTTP/2.0 nests.example"} {
		answer, err := r.client(http2).Get("https://nests.example/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if string(body) != want {
			t.Errorf("answered %q, want %q", body, want)
		}
		if got := answer.Header.Get("Strict-Transport-Security"); got != "max-age=15552000" {
			t.Errorf("Strict-Transport-Security is %q", got)
		}
	}
}

func TestHSTSIsForTLSOnTheDefaultPort(t *testing.T) {
	for public, want := range map[string]bool{
		"https://nests.example":      true,
		"https://nests.example:8443": false,
		"http://nests.example":       false,
	} {
		for _, state := range []*tls.ConnectionState{nil, {}} {
			w := &headerWriter{h: http.Header{}}
			front.WithHSTS(http.NotFoundHandler(), public).ServeHTTP(w, &http.Request{TLS: state})
			if got := w.h.Get("Strict-Transport-Security") != ""; got != (want && state != nil) {
				t.Errorf("%s, TLS %v: header is %v", public, state != nil, got)
			}
		}
	}
}

// headerWriter is a ResponseWriter that keeps only the headers.
type headerWriter struct{ h http.Header }

func (w *headerWriter) Header() http.Header         { return w.h }
func (w *headerWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *headerWriter) WriteHeader(int)             {}

// A connection for a routed name is proxied without TLS in both directions, whatever its protocol. Other names stay
// HTTP.
func TestRoute(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			conn, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				received, _ := io.ReadAll(conn) // until the client closes its direction
				conn.Write([]byte("received " + string(received)))
				conn.Close()
			}()
		}
	}()
	r := newRig(t, map[string]string{"turn.nests.example": echo.Addr().String()})
	conn, err := r.dial("TURN.nests.example", "stun.turn", "h2")
	if err != nil {
		t.Fatal(err)
	}
	if agreed := conn.ConnectionState().NegotiatedProtocol; agreed != "" {
		t.Errorf("the connection negotiated %q, which the route does not speak", agreed)
	}
	conn.Write([]byte("hello"))
	conn.CloseWrite()
	if answer, err := io.ReadAll(conn); err != nil || string(answer) != "received hello" {
		t.Errorf("the other side answered %q, %v", answer, err)
	}
	if answer, err := r.client(true).Get("https://nests.example/"); err != nil || answer.StatusCode != 200 {
		t.Errorf("HTTP for another name: %v", err)
	}
	open, err := r.dial("turn.nests.example")
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	if _, err := open.Read(make([]byte, 1)); err == nil {
		t.Error("a proxied connection outlives the front")
	}
}

// A client that never sends its handshake delays no other client.
func TestSilentClient(t *testing.T) {
	r := newRig(t, nil)
	defer r.stop()
	for range 20 {
		silent, err := net.Dial("tcp", r.front.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
	}
	if _, err := r.dial("nests.example", "h2"); err != nil {
		t.Error(err)
	}
}

func TestRedirect(t *testing.T) {
	r := newRig(t, nil)
	defer r.stop()
	long := "/?" + strings.Repeat("a", 60_000)
	for _, test := range []struct{ request, want string }{
		{"GET /a%2Fb?c=d%20e HTTP/1.1\r\nHost: nests.example", "https://nests.example/a%2Fb?c=d%20e"},
		{"GET / HTTP/1.1\r\nHost: WWW.nests.example:80", "https://www.nests.example/"},
		{"GET / HTTP/1.1\r\nHost: evil.example", "https://nests.example/"},
		{"GET //evil.example HTTP/1.1\r\nHost: nests.example", "https://nests.example//evil.example"},
		{"GET http://evil.example/x HTTP/1.1\r\nHost: evil.example", "https://nests.example/x"},
		{"HEAD /naddr1 HTTP/1.0", "https://nests.example/naddr1"},
		{
			request: "POST /api/v1/nests HTTP/1.1\r\nHost: nests.example\r\nContent-Length: 0",
			want:    "https://nests.example/api/v1/nests",
		},
		{
			request: "GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: nests.example",
			want:    "https://nests.example/.well-known/acme-challenge/x",
		},
		{"GET " + long + " HTTP/1.1\r\nHost: nests.example", "https://nests.example" + long},
	} {
		conn, err := net.Dial("tcp", r.front.RedirectAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, test.request+"\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Header.Get("Location"); answer.StatusCode != 308 || got != test.want {
			t.Errorf("%.60s: answered %d %.80q, want %.80q", test.request, answer.StatusCode, got, test.want)
		}
		conn.Close()
	}
}

// A new certificate is served without a restart and cuts no connection. Files that cannot be used change nothing.
func TestFilesAreReloaded(t *testing.T) {
	r := newRig(t, nil)
	defer r.stop()
	serial := func() string {
		conn, err := r.dial("nests.example")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	first := serial()
	connected := r.client(true)
	// request fails unless the connection that is open already is used again.
	request := func() {
		t.Helper()
		answer, err := connected.Get("https://nests.example/")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if got := answer.TLS.PeerCertificates[0].SerialNumber.String(); got != first {
			t.Errorf("the request used another connection")
		}
	}
	request()
	for name, breakFiles := range map[string]func(){
		"half a file": func() { os.WriteFile(r.cert, []byte("-----BEGIN CERTIFICATE-----\nMII"), 0o600) },
		"another certificate's key": func() {
			otherKey := filepath.Join(t.TempDir(), "other.pem")
			r.authority.Issue(t, r.cert, otherKey, time.Now().Add(time.Hour), "nests.example")
		},
		"no file": func() { os.Remove(r.key) },
	} {
		breakFiles()
		nesttest.Eventually(t, 5*time.Second, func() string {
			if r.files.Err() == nil {
				return "Err is nil with " + name
			}
			return ""
		})
		if serial() != first {
			t.Errorf("%s changed the served certificate", name)
		}
		r.authority.Issue(t, r.cert, r.key, time.Now().Add(time.Hour), "nests.example")
		nesttest.Eventually(t, 5*time.Second, func() string {
			if serial() == first {
				return "the old certificate is still served"
			}
			return ""
		})
		request()
		if err := r.files.Err(); err != nil {
			t.Errorf("Err with good files: %v", err)
		}
		first = serial()
		connected = r.client(true)
		request()
	}
}

func TestReloadReadsFilesAtOnce(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.files.CheckInterval = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.files.Run(ctx) }()
	r.authority.Issue(t, r.cert, r.key, time.Now().Add(time.Hour), "nests.example")
	want, err := tls.LoadX509KeyPair(r.cert, r.key)
	if err != nil {
		t.Fatal(err)
	}
	r.files.Reload()
	nesttest.Eventually(t, 5*time.Second, func() string {
		if got, _ := r.files.Certificate(nil); !got.Leaf.Equal(want.Leaf) {
			return "the old certificate is still served"
		}
		return ""
	})
	cancel()
	<-done
}

func TestOpenFilesRefusesBadFiles(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	_, err := front.OpenFiles(r.key, r.cert, slog.Default())
	if err == nil || !strings.Contains(err.Error(), "NESTS_TLS_CERT") {
		t.Errorf("a key in place of the certificate: %v", err)
	}
	if _, err := front.OpenFiles(filepath.Join(t.TempDir(), "none"), r.key, slog.Default()); err == nil {
		t.Error("a missing file is accepted")
	}
}
