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

// admittedRequest is a request that the gate forwards.
type admittedRequest struct {
	admission nest.Admission
	path      string
	query     url.Values // as the client sent it
	token     string     // the gate's own
}

// forward proxies the request to LiveKit with the gate's token. It removes what a client could use to get more rights
// than the token grants.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request, admitted admittedRequest) {
	admission := admitted.admission
	target, err := g.Client.urlOf(admitted.path)
	if err != nil {
		g.refuse(w, r, domainRefusal(nest.MediaUnavailable(err), admission.Room.Name, admission.Identity))
		return
	}
	admitted.query.Del("access_token")
	admitted.query.Del("publish") // connects a second identity
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = target
			pr.Out.URL.RawQuery = admitted.query.Encode()
			pr.Out.Host = target.Host
			pr.Out.Header = signalHeaders(pr.Out.Header)
			pr.Out.Header.Set("Authorization", "Bearer "+admitted.token)
			pr.Out.Body, pr.Out.ContentLength = http.NoBody, 0
		},
		Transport: roundTripperFunc(func(out *http.Request) (*http.Response, error) {
			return g.sendUpstream(out, admission)
		}),
		ModifyResponse: filterAnswer,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			g.refuse(w, r, upstreamRefusal(err, admission))
		},
		// The proxy's own log contains the client's address; ErrorHandler logs what matters.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	peer := peer{room: admission.Room.Name, identity: admission.Identity}
	if g.Address != nil {
		peer.address = g.Address(r)
	}
	onHijack := func(s *socket) error { return g.checkBlocked(r.Context(), s) }
	proxy.ServeHTTP(&socketWriter{ResponseWriter: w, sockets: &g.sockets, peer: peer, onHijack: onHijack}, r)
}

// signalHeaders returns only the headers that a WebSocket handshake needs. LiveKit may be another operator's server, so
// it gets no cookies, forwarded addresses or credentials of the client.
func signalHeaders(in http.Header) http.Header {
	out := make(http.Header)
	for name, values := range in {
		switch {
		case name == "Connection", name == "Upgrade", name == "User-Agent", strings.HasPrefix(name, "Sec-Websocket-"):
			out[name] = values
		}
	}
	return out
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// sendUpstream sends the request to LiveKit. If the room ended since prepareRoom, it creates the room and sends again.
func (g *Gate) sendUpstream(out *http.Request, admission nest.Admission) (*http.Response, error) {
	answer, err := g.upstreamTransport().RoundTrip(out)
	if err != nil || answer.StatusCode != http.StatusNotFound {
		return answer, err
	}
	answer.Body.Close()
	if err := g.prepareRoom(out.Context(), admission, false); err != nil {
		return nil, err
	}
	return g.upstreamTransport().RoundTrip(out)
}

func (g *Gate) upstreamTransport() http.RoundTripper {
	g.upstreamOnce.Do(func() {
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

// upstreamStatus is an error status of LiveKit. upstreamRefusal replaces it.
type upstreamStatus int

func (s upstreamStatus) Error() string { return fmt.Sprintf("livekit answered %d", int(s)) }

// filterAnswer returns an error unless LiveKit's answer is a success. It removes LiveKit's CORS headers, since the gate
// sets its own.
func filterAnswer(answer *http.Response) error {
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			answer.Header.Del(name)
		}
	}
	if conn, ok := answer.Body.(io.ReadWriteCloser); ok && answer.StatusCode == http.StatusSwitchingProtocols {
		answer.Body = upstreamConn{conn}
		return nil
	}
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return upstreamStatus(answer.StatusCode)
}

func upstreamRefusal(err error, admission nest.Admission) refusal {
	room, identity := admission.Room.Name, admission.Identity
	switch status, _ := errors.AsType[upstreamStatus](err); status {
	case http.StatusBadRequest:
		return refusal{
			status:   http.StatusBadRequest,
			Code:     nest.CodeInvalidRequest,
			Error:    "LiveKit cannot read this connection request",
			Hint:     "Update the client.",
			nest:     room,
			identity: identity,
			err:      err,
		}
	case http.StatusUnauthorized:
		// LiveKit accepted the API key when the room was created, so the request asks for more than the token grants.
		return refusal{
			status:   http.StatusForbidden,
			Code:     nest.CodeForbidden,
			Error:    "This connection asks for rights that it does not have",
			Hint:     "Connect without setting a name, metadata or attributes.",
			nest:     room,
			identity: identity,
			err:      err,
		}
	}
	if nest.CodeOf(err) == "" {
		err = nest.MediaUnavailable(err)
	}
	return domainRefusal(err, room, identity)
}
