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

// LiveKit checks a LiveKit server layer by layer. The evidence names the layer that fails: url, dns, tcp, tls, http,
// livekit or key.
type LiveKit struct {
	URL string // http, https, ws or wss
	// Token returns a token for a room that does not exist: LiveKit checks its key and creates nothing.
	Token func() (string, error)
}

// layerTimeout is for one layer.
const layerTimeout = 1500 * time.Millisecond

// Check changes nothing in LiveKit.
func (l LiveKit) Check(ctx context.Context) Finding {
	u, err := url.Parse(plainURL(l.URL))
	if err != nil || u.Host == "" {
		return mediaDown("url", "The URL of the media server is not valid.", err)
	}
	evidence := map[string]any{"url": u.Scheme + "://" + u.Host}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	if f, failed := connectInSteps(ctx, u.Scheme, host, port); failed {
		f.Evidence["url"] = evidence["url"]
		return f
	}
	status, body, err := get(ctx, u.String(), nil)
	if err != nil {
		return mediaDown("http", "The media server accepts connections but does not answer HTTP.", err)
	}
	// LiveKit answers on /, not on /health. 406 means that its statistics are old, but it is alive.
	isLiveKit := status == http.StatusNotAcceptable || status == http.StatusOK && strings.TrimSpace(body) == "OK"
	if !isLiveKit {
		f := mediaDown("livekit", "Something other than LiveKit answers at the URL of the media server.", nil)
		f.Evidence["status"] = status
		return f
	}
	return l.key(ctx, u, evidence)
}

func (l LiveKit) key(ctx context.Context, u *url.URL, evidence map[string]any) Finding {
	token, err := l.Token()
	if err != nil {
		return Finding{
			Status:   Fail,
			Code:     MediaCredentials,
			Summary:  "No token could be signed with the configured API key.",
			Evidence: evidence,
		}
	}
	status, body, err := get(ctx, u.String()+"/rtc/validate", http.Header{"Authorization": {"Bearer " + token}})
	evidence["layer"], evidence["status"] = "key", status
	switch {
	case err != nil:
		return mediaDown("http", "The media server stopped answering.", err)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Finding{
			Status:   Fail,
			Code:     MediaCredentials,
			Summary:  "The media server refuses the configured API key.",
			Evidence: evidence,
		}
	case status == http.StatusOK,
		status == http.StatusNotFound && strings.Contains(body, "room"): // no such room, so the key was accepted
		delete(evidence, "status")
		return passed("The media server answers and accepts the configured API key.", evidence)
	}
	f := mediaDown("livekit", "The media server does not answer as LiveKit does.", nil)
	f.Evidence["status"] = status
	return f
}

// connectInSteps resolves the name, connects and does the TLS handshake. failed is true when one of these fails.
func connectInSteps(ctx context.Context, scheme, host, port string) (f Finding, failed bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	if net.ParseIP(host) == nil {
		if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
			return mediaDown("dns", "The name of the media server cannot be resolved.", err), true
		}
	}
	conn, err := (&net.Dialer{Timeout: layerTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return mediaDown("tcp", "Nothing accepts connections at the address of the media server.", err), true
	}
	defer conn.Close()
	if scheme != "https" {
		return Finding{}, false
	}
	if err := tls.Client(conn, &tls.Config{ServerName: host}).HandshakeContext(ctx); err != nil {
		return mediaDown("tls", "The certificate of the media server is not accepted.", err), true
	}
	return Finding{}, false
}

func mediaDown(layer, summary string, err error) Finding {
	evidence := map[string]any{"layer": layer}
	if err != nil {
		evidence["error"] = errorText(err)
	}
	return Finding{Status: Fail, Code: MediaDown, Summary: summary, Evidence: evidence}
}

// errorText drops the URL that net/http puts before an error: its query may hold a secret.
func errorText(err error) string {
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

const maxBody = 256 << 10

// get sends one request, follows no redirect, and reads at most maxBody bytes.
func get(ctx context.Context, to string, header http.Header) (status int, body string, err error) {
	return getWith(ctx, &http.Client{}, to, header)
}

func getWith(ctx context.Context, client *http.Client, to string, header http.Header) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return 0, "", err
	}
	if header != nil {
		r.Header = header
	}
	single := *client
	single.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := single.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := readAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func readAll(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxBody)) }
