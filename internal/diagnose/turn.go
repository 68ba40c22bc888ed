package diagnose

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"strconv"
)

// Turn checks the embedded TURN server as a client does: it sends a packet to itself through a relayed address.
type Turn struct {
	Domain  string
	TLSPort int    // that browsers connect to
	TCPAddr string // where TURN listens behind TLS; "": no TURN over TLS

	UDP    func(ctx context.Context) error // nil: no TURN over UDP
	Stream func(ctx context.Context, conn net.Conn) error
}

// Check tests UDP and TLS separately: a client uses the one that its network allows.
func (t Turn) Check(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	f := Finding{Status: OK, Summary: "TURN relays packets.", Evidence: map[string]any{}}
	if t.UDP != nil {
		f.Evidence["udp"] = "relays"
		short, cancel := context.WithTimeout(ctx, layerTimeout)
		defer cancel()
		if err := t.UDP(short); err != nil {
			f = turnBroken("udp", "TURN does not relay over UDP.", err)
		}
	}
	if t.TCPAddr == "" {
		return f
	}
	tls := t.checkTLS(ctx)
	maps.Copy(tls.Evidence, f.Evidence)
	if f.Status != OK {
		tls.Status, tls.Code, tls.Summary = f.Status, f.Code, f.Summary
	}
	return tls
}

// checkTLS connects as a browser does. Where the network does not let this machine reach its own public address, it
// tests TURN behind the TLS alone.
func (t Turn) checkTLS(ctx context.Context) Finding {
	if _, err := net.DefaultResolver.LookupHost(ctx, t.Domain); err != nil {
		return turnBroken("tls", "The name of the TURN server cannot be resolved.", err)
	}
	address := net.JoinHostPort(t.Domain, strconv.Itoa(t.TLSPort))
	conn, err := (&net.Dialer{Timeout: layerTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return t.checkBehindTLS(ctx, err)
	}
	defer conn.Close()
	secure := tls.Client(conn, &tls.Config{ServerName: t.Domain, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		summary := "Something at the TURN port does not speak TLS."
		if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
			summary = "The certificate of the TURN server is not accepted."
		}
		return turnBroken("tls", summary, err)
	}
	if err := t.Stream(ctx, secure); err != nil {
		return turnBroken("tls", "TURN does not relay over TLS.", err)
	}
	return passed("TURN relays packets.", map[string]any{"tls": "relays"})
}

func (t Turn) checkBehindTLS(ctx context.Context, dialErr error) Finding {
	conn, err := (&net.Dialer{Timeout: layerTimeout}).DialContext(ctx, "tcp", t.TCPAddr)
	if err == nil {
		defer conn.Close()
		err = t.Stream(ctx, conn)
	}
	if err != nil {
		return turnBroken("tls", "TURN does not relay over TLS.", err)
	}
	return Finding{Status: Warn, Summary: "TURN works, but this machine cannot reach its public name and port.",
		Hint:     "This is fine if other machines can: some networks do not let a machine call its own public address.",
		Evidence: map[string]any{"tls": errorText(dialErr)}}
}

func turnBroken(transport, summary string, err error) Finding {
	return Finding{
		Status:   Fail,
		Code:     TurnBroken,
		Summary:  summary,
		Evidence: map[string]any{transport: errorText(err)},
	}
}
