package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// proxied is a real web server before ours, with the configuration file from deploy/.
type proxied struct {
	name, file string
	start      func(t *testing.T, dir, snippet string, p pair) *exec.Cmd
	bare       bool // redirects plain HTTP to https without a port
}

// Behind each of the two everything works over TLS, and rate limits count visitors by the address that the proxy saw.
func TestBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, proxy := range []proxied{{"nginx", "nginx/nests.conf", startNginx, false},
		{"caddy", "caddy/Caddyfile", startCaddy, true}} {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			_, p := withCertificate(t)
			// Without a public URL outside this machine, peers on loopback would not be counted.
			s := newServer(t, "NESTS_PUBLIC_URL="+p.origin+",https://nests.example",
				"NESTS_TRUSTED_PROXIES=127.0.0.1", "NESTS_MEDIA_IP=127.0.0.1")
			runProxy(t, proxy.start(t, dir, snippet(t, proxy.file, s.port, p), p))
			s.start()
			s.via = p.origin
			nesttest.Eventually(t, 15*time.Second, func() string {
				answer, err := http.Get(p.origin + "/health")
				if err != nil {
					return err.Error()
				}
				answer.Body.Close()
				if answer.StatusCode != 200 {
					return fmt.Sprint("health answers ", answer.StatusCode)
				}
				return ""
			})
			worksBehind(t, s)
			if proxy.bare {
				redirected(t, pair{redirect: p.redirect, origin: "https://localhost"})
			} else {
				redirected(t, p)
			}
			countsBehind(t, s, p)
		})
	}
}

// worksBehind creates, joins, listens and chats. Signed requests name the public URL, and signalling has a browser's
// session description in its URL.
func worksBehind(t *testing.T, s *server) {
	t.Helper()
	host, ann := s.user(), s.user()
	id, token := host.create()
	nesttest.Speaker(t, s.ws(), token, nesttest.WithSinglePeer())
	listener := nesttest.Join(t, s.ws(), ann.join(id), nesttest.WithSinglePeer())
	nesttest.Eventually(t, 15*time.Second, listener.Hears(host.pubkey))
	s.mustPublish(ann.sign(1311, time.Now(), "hello", []string{"a", "30312:" + host.pubkey + ":" + id, "", "root"}))
	a := s.get("/rtc/v1/validate?join_request=" + strings.Repeat("x", 40_000) + "&access_token=none")
	if a.status != http.StatusUnauthorized || a.str("code") == "" {
		t.Errorf("a long URL is answered with %d %.200s", a.status, a.text)
	}
}

// countsBehind uses up the requests of one visitor. Forged X-Forwarded-For values change nothing, other visitors are
// not affected, and a peer that is not a trusted proxy cannot claim an address.
func countsBehind(t *testing.T, s *server, p pair) {
	t.Helper()
	claim := func(i int) string { return fmt.Sprintf("198.51.%d.%d", 100+i/250, i%250+1) }
	flood := func(client *http.Client, url string) bool {
		for i := range 3000 {
			if status(t, client, url, claim(i)) == http.StatusTooManyRequests {
				return true
			}
		}
		return false
	}
	if !flood(from("127.0.0.2"), p.origin+"/health") {
		t.Error("a visitor who claims another address with each request is never refused")
	}
	if got := status(t, from("127.0.0.3"), p.origin+"/health", ""); got != 200 {
		t.Errorf("another visitor pays for it: %d", got)
	}
	if !flood(from("127.0.0.4"), s.local()+"/health") {
		t.Error("a peer that is no trusted proxy is believed")
	}
}

// from returns a client with a loopback address of its own.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(to)
			return dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
		},
		TLSClientConfig: &tls.Config{ServerName: "localhost", RootCAs: authority.Pool},
	}}
}

func status(t *testing.T, client *http.Client, url, claim string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if claim != "" {
		r.Header.Set("X-Forwarded-For", claim)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// snippet returns the file of deploy/ with the names, ports and files of a test.
func snippet(t *testing.T, file string, port int, p pair) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	out := string(text)
	for _, change := range [][2]string{
		{"https://nests.example$request_uri", "https://localhost:" + strconv.Itoa(p.port) + "$request_uri"},
		{"\nnests.example {", "\nlocalhost:" + strconv.Itoa(p.port) + " {"},
		{"/etc/letsencrypt/live/nests.example/fullchain.pem", p.cert},
		{"/etc/letsencrypt/live/nests.example/privkey.pem", p.key},
		{"nests.example", "localhost"}, {"127.0.0.1:5544", "127.0.0.1:" + strconv.Itoa(port)},
		{"listen 80", "listen " + strconv.Itoa(p.plain)}, {"listen 443", "listen " + strconv.Itoa(p.port)},
		{"[::]:80", "[::]:" + strconv.Itoa(p.plain)}, {"[::]:443", "[::]:" + strconv.Itoa(p.port)},
	} {
		out = strings.ReplaceAll(out, change[0], change[1])
	}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		l.Close()
		return out
	}
	lines := strings.Split(out, "\n") // nginx does not start where there is no IPv6
	kept := lines[:0]
	for _, line := range lines {
		if !strings.Contains(line, "[::]") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// startNginx runs nginx with the snippet in its http block, where Debian includes the files of a site. It writes only
// below dir.
func startNginx(t *testing.T, dir, snippet string, _ pair) *exec.Cmd {
	t.Helper()
	conf := fmt.Sprintf(`daemon off;
pid %[1]s/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
    include %[1]s/nests.conf;
}
`, dir)
	write(t, filepath.Join(dir, "nests.conf"), snippet)
	write(t, filepath.Join(dir, "nginx.conf"), conf)
	binary := "nginx"
	if _, err := exec.LookPath(binary); err != nil {
		binary = "/usr/sbin/nginx" // not in every PATH
	}
	return exec.Command(binary, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr")
}

// startCaddy imports the snippet. The test's authority signs the certificates that would come from Let's Encrypt.
func startCaddy(t *testing.T, dir, snippet string, p pair) *exec.Cmd {
	t.Helper()
	conf := fmt.Sprintf(`{
	admin off
	skip_install_trust
	http_port %d
	https_port %d
	storage file_system %s/storage
	pki {
		ca {
			root {
				cert %s
				key %s
			}
		}
	}
}
import %[3]s/nests
`, p.plain, p.port, dir, authority.RootFile, authority.KeyFile)
	write(t, filepath.Join(dir, "nests"), snippet)
	write(t, filepath.Join(dir, "Caddyfile"), conf)
	cmd := exec.Command("caddy", "run", "--config", filepath.Join(dir, "Caddyfile"), "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	return cmd
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runProxy starts a web server. It ends with the test.
func runProxy(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	said := &nesttest.Output{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (scripts/setup test installs it)", err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // nginx ends its workers
		cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy:\n%s", said.Tail(4000))
		}
	})
}
