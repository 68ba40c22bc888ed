package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nip"
)

const (
	dialTimeout    = 10 * time.Second
	maxPeerMessage = 256 << 10 // largest message that is read from another relay
)

// ErrForbidden is the error for an address that the server does not dial for users.
var ErrForbidden = errors.New("the relay's address is not public")

// Dialer connects to relays that users name. It checks the address after the name was resolved and immediately before
// it is dialled, so that a name cannot resolve to a private address in between. It follows no redirect and uses no
// proxy.
type Dialer struct {
	// AllowPrivate permits private and loopback addresses. It is for servers that are themselves on loopback only.
	AllowPrivate bool
}

// Dial connects a WebSocket to a ws or wss URL.
func (d Dialer) Dial(ctx context.Context, url string) (*websocket.Conn, error) {
	url, err := nip.RelayURL(url)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	transport := &http.Transport{
		DialContext:            d.net().DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 16 << 10,
	}
	defer transport.CloseIdleConnections()
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
		},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxPeerMessage)
	return ws, nil
}

var errRedirect = errors.New("the relay redirects")

// net returns the TCP dialer; Control is called with every address after resolution and before the first packet.
func (d Dialer) net() *net.Dialer {
	return &net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		return d.check(address)
	}}
}

func (d Dialer) check(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	ip := to.Addr().Unmap().WithZone("")
	if d.AllowPrivate && (ip.IsLoopback() || ip.IsPrivate()) {
		return nil
	}
	if !isPublic(ip) {
		return ErrForbidden
	}
	if port := to.Port(); port != 80 && port != 443 && port < 1024 {
		return fmt.Errorf("%w: relays do not use port %d", ErrForbidden, port)
	}
	return nil
}
