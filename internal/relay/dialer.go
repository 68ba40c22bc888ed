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
	maxPeerMessage = 256 << 10 // largest message that is read from an outside relay
)

// ErrForbidden is an address that the server does not dial for a stranger.
var ErrForbidden = errors.New("the relay's address is not public")

// Dialer connects to relays that users name. Host names are resolved first and the very address that is about to be
// dialled is checked, so that a name cannot change its mind in between; there are no proxies and no redirects.
type Dialer struct {
	// AllowPrivate lets private and loopback addresses pass: for servers that are themselves on loopback only.
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

// net is the TCP dialer; Control sees every address after resolution and before the first packet.
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
		return fmt.Errorf("%w: port %d is not a relay's", ErrForbidden, port)
	}
	return nil
}
