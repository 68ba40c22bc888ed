package diagnose

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// LiveKit asks a LiveKit server layer by layer, so that the answer names the one that fails: dns, tcp, tls, http, livekit, key.
type LiveKit struct {
	URL string // http, https, ws or wss
	// Token is valid for one room that does not exist: LiveKit tells a good key from a bad one by it, and does nothing.
	Token func() (string, error)
}

// layerMost is the time of one layer.
const layerMost = 1500 * time.Millisecond

// Look never changes anything in LiveKit.
func (l LiveKit) Check(ctx context.Context) Finding {
	u, err := url.Parse(plainURL(l.URL))
	if err != nil || u.Host == "" {
		return mediaDown("url", "Its URL cannot be read.", err)
	}
	evidence := map[string]any{"url": u.Scheme + "://" + u.Host}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	if f, failed := layers(ctx, u.Scheme, host, port); failed {
		f.Evidence["url"] = evidence["url"]
		return f
	}
	status, body, err := get(ctx, u.String(), nil)
	if err != nil {
		return mediaDown("http", "It takes connections but does not answer HTTP.", err)
	}
	// LiveKit answers on /, not on /health; 406 when its own statistics are old, which is not dead.
	if status != http.StatusOK && status != http.StatusNotAcceptable || strings.TrimSpace(body) != "OK" && status == http.StatusOK {
		f := mediaDown("livekit", "Something answers there that is not LiveKit.", nil)
		f.Evidence["status"] = status
		return f
	}
	return l.key(ctx, u, evidence)
}

func (l LiveKit) key(ctx context.Context, u *url.URL, evidence map[string]any) Finding {
	token, err := l.Token()
	if err != nil {
		return Finding{Status: Fail, Code: MediaCredentials, Summary: "No token can be made with our key.", Evidence: evidence}
	}
	status, body, err := get(ctx, u.String()+"/rtc/validate", http.Header{"Authorization": {"Bearer " + token}})
	evidence["layer"], evidence["status"] = "key", status
	switch {
	case err != nil:
		return mediaDown("http", "It stopped answering.", err)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Finding{Status: Fail, Code: MediaCredentials, Summary: "It refuses our key.", Evidence: evidence}
	case status == http.StatusOK, status == http.StatusNotFound && strings.Contains(body, "room"): // which is not there: the key was fine
		delete(evidence, "status")
		return fine("It answers and accepts our key.", evidence)
	}
	f := mediaDown("livekit", "It does not answer as LiveKit does.", nil)
	f.Evidence["status"] = status
	return f
}

// layers goes down to where a connection fails.
func layers(ctx context.Context, scheme, host, port string) (Finding, bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	if net.ParseIP(host) == nil {
		if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
			return mediaDown("dns", "Its name cannot be resolved.", err), true
		}
	}
	conn, err := (&net.Dialer{Timeout: layerMost}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return mediaDown("tcp", "Nothing takes connections at its address.", err), true
	}
	defer conn.Close()
	if scheme != "https" {
		return Finding{}, false
	}
	if err := tls.Client(conn, &tls.Config{ServerName: host}).HandshakeContext(ctx); err != nil {
		return mediaDown("tls", "Its certificate is not accepted.", err), true
	}
	return Finding{}, false
}

func mediaDown(layer, summary string, err error) Finding {
	evidence := map[string]any{"layer": layer}
	if err != nil {
		evidence["error"] = plain(err)
	}
	return Finding{Status: Fail, Code: MediaDown, Summary: summary, Evidence: evidence}
}

// plain is an error without the URL that Go puts before it: a query may hold what nobody should read.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

func plainURL(base string) string {
	for _, scheme := range [][2]string{{"ws://", "http://"}, {"wss://", "https://"}} {
		if rest, ok := strings.CutPrefix(base, scheme[0]); ok {
			base = scheme[1] + rest
		}
	}
	return strings.TrimRight(base, "/")
}

const bodyMost = 256 << 10

// get asks once, without following redirects, and reads a bounded body.
func get(ctx context.Context, to string, header http.Header) (status int, body string, err error) {
	return getBy(ctx, &http.Client{}, to, header)
}

func getBy(ctx context.Context, client *http.Client, to string, header http.Header) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return 0, "", err
	}
	if header != nil {
		r.Header = header
	}
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := once.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := readAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func readAll(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, bodyMost)) }
