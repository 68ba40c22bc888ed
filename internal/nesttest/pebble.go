package nesttest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Pebble is a real ACME authority on loopback. It resolves every name to 127.0.0.1 and sends its challenges to the
// ports below.
type Pebble struct {
	HTTPPort, TLSPort int           // of http-01 and tls-alpn-01; a challenge to a port where nothing listens fails
	Validity          time.Duration // of a certificate; 0: a day
	Own               *Authority    // of Pebble's own HTTPS

	t         testing.TB
	port, api int
	dns       int
	processes []*exec.Cmd
	output    Output
}

// NewPebble reserves the ports, so that the URL is known before it runs.
func NewPebble(t testing.TB) *Pebble {
	t.Helper()
	p := &Pebble{t: t, Own: NewAuthority(t), Validity: 24 * time.Hour, port: FreePort(t, "tcp"),
		api: FreePort(t, "tcp"), dns: FreePort(t, "tcp")}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("pebble:\n%s", p.output.String())
		}
	})
	return p
}

// URL returns the address of its directory.
func (p *Pebble) URL() string { return "https://127.0.0.1:" + strconv.Itoa(p.port) + "/dir" }

// Start starts it and waits until it answers.
func (p *Pebble) Start() {
	p.t.Helper()
	dir := p.t.TempDir()
	cert, key, config := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir,
		"pebble.json")
	p.Own.Issue(p.t, cert, key, time.Now().Add(time.Hour), "127.0.0.1")
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + strconv.Itoa(p.port), "managementListenAddress": "127.0.0.1:" +
			strconv.Itoa(p.api),
		"certificate": cert, "privateKey": key, "httpPort": p.HTTPPort, "tlsPort": p.TLSPort,
		"certificateValidityPeriod": int(p.Validity.Seconds()),
	}})
	if err == nil {
		err = os.WriteFile(config, text, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	names := "127.0.0.1:" + strconv.Itoa(p.dns)
	p.run("pebble-challtestsrv", "-dns01", names, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "",
		"-https01", "",
		"-tlsalpn01", "", "-management", "127.0.0.1:"+strconv.Itoa(FreePort(p.t, "tcp")))
	p.run("pebble", "-config", config, "-dnsserver", names)
	Eventually(p.t, 20*time.Second, func() string {
		if _, err := p.get("/roots/0"); err != nil {
			return err.Error()
		}
		return ""
	})
}

func (p *Pebble) run(name string, args ...string) {
	p.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0")
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("start %s (scripts/setup test installs it): %v", name, err)
	}
	p.processes = append(p.processes, cmd)
}

// Stop ends it. It loses all state, its root included.
func (p *Pebble) Stop() {
	for _, cmd := range p.processes {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	p.processes = nil
}

// Roots returns the roots of its certificates. Each start makes new ones.
func (p *Pebble) Roots() *x509.CertPool {
	p.t.Helper()
	pem, err := p.get("/roots/0")
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		p.t.Fatalf("pebble has no root: %v", err)
	}
	return pool
}

func (p *Pebble) get(path string) ([]byte, error) {
	client := &http.Client{Timeout: 5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.Own.Pool}, DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet,
		fmt.Sprintf("https://127.0.0.1:%d%s", p.api, path), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d", path, answer.StatusCode)
	}
	return io.ReadAll(answer.Body)
}
