package media

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"nests/internal/nest"
)

const (
	dialTimeout   = 3 * time.Second
	answerTimeout = 20 * time.Second // LiveKit tries three times to start a session, for 3, 6 and 9 s
)

// passage is one request that may go through.
type passage struct {
	pass  nest.Admission
	path  string
	query url.Values // as the client sent it
	token string     // ours
}

// forward hands the request to LiveKit with our token and nothing of the client's that could say more than the token.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request, p passage) {
	target, err := g.Client.at(p.path)
	if err != nil {
		g.refuse(w, r, refused(nest.MediaUnavailable(err), p.pass.Room.Name, p.pass.Identity))
		return
	}
	p.query.Del("access_token")
	p.query.Del("publish") // a second identity beside the first
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = target
			pr.Out.URL.RawQuery = p.query.Encode()
			pr.Out.Host = target.Host
			pr.Out.Header = signalHeaders(pr.Out.Header)
			pr.Out.Header.Set("Authorization", "Bearer "+p.token)
			pr.Out.Body, pr.Out.ContentLength = http.NoBody, 0
		},
		Transport:      roundTrip(func(out *http.Request) (*http.Response, error) { return g.try(out, p.pass) }),
		ModifyResponse: accept,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			g.refuse(w, r, upstreamRefusal(err, p.pass))
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it would name the peer's address; ErrorHandler hears what matters
	}
	who := whose{room: p.pass.Room.Name, identity: p.pass.Identity}
	if g.Address != nil {
		who.address = g.Address(r)
	}
	look := func(s *socket) error { return g.look(r.Context(), s) }
	proxy.ServeHTTP(&socketWriter{ResponseWriter: w, sockets: &g.sockets, who: who, look: look}, r)
}

// signalHeaders keeps what a WebSocket handshake needs. Cookies, forwarded addresses and a client's own credentials are
// none of LiveKit's business, which may be somebody else's machine.
func signalHeaders(in http.Header) http.Header {
	out := make(http.Header)
	for name, values := range in {
		if strings.HasPrefix(name, "Sec-Websocket-") || name == "Connection" || name == "Upgrade" || name == "User-Agent" {
			out[name] = values
		}
	}
	return out
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// try asks LiveKit, and once more after ensuring the room again when it vanished between the ensure and now.
func (g *Gate) try(out *http.Request, pass nest.Admission) (*http.Response, error) {
	answer, err := g.dial().RoundTrip(out)
	if err != nil || answer.StatusCode != http.StatusNotFound {
		return answer, err
	}
	answer.Body.Close()
	if err := g.enter(out.Context(), pass, false); err != nil {
		return nil, err
	}
	return g.dial().RoundTrip(out)
}

func (g *Gate) dial() http.RoundTripper {
	g.transport.Do(func() {
		g.upstream = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: answerTimeout,
			IdleConnTimeout:       time.Minute,
			MaxIdleConnsPerHost:   16,
			ForceAttemptHTTP2:     true,
		}
	})
	return g.upstream
}

// upstreamStatus is an answer of LiveKit that no client should see as it is.
type upstreamStatus int

func (s upstreamStatus) Error() string { return fmt.Sprintf("livekit answered %d", int(s)) }

// accept lets only success through, without LiveKit's own CORS headers, which would double ours.
func accept(answer *http.Response) error {
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			answer.Header.Del(name)
		}
	}
	if end, ok := answer.Body.(io.ReadWriteCloser); ok && answer.StatusCode == http.StatusSwitchingProtocols {
		answer.Body = upstream{end}
		return nil
	}
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return upstreamStatus(answer.StatusCode)
}

func upstreamRefusal(err error, pass nest.Admission) refusal {
	answer := refusal{nest: pass.Room.Name, identity: pass.Identity, err: err}
	switch status, _ := errors.AsType[upstreamStatus](err); status {
	case http.StatusBadRequest:
		answer.status, answer.Code = http.StatusBadRequest, nest.CodeInvalidRequest
		answer.Error, answer.Hint = "LiveKit cannot read this connection request", "Update the client."
	case http.StatusUnauthorized:
		// The room was ensured with the same key, so it is not the key: the request asks for more than the token grants.
		answer.status, answer.Code = http.StatusForbidden, nest.CodeForbidden
		answer.Error, answer.Hint = "This connection asks for more than it may", "Connect without a name, metadata or attributes of your own."
	default:
		if nest.CodeOf(err) == "" {
			err = nest.MediaUnavailable(err)
		}
		return refused(err, pass.Room.Name, pass.Identity)
	}
	return answer
}
