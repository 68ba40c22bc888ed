package diagnose

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
)

// Turn tries our TURN server as a client would: a packet goes through a relay and back to itself.
type Turn struct {
	Domain  string
	TLSPort int    // as browsers see it
	TCPAddr string // where TURN arrives without TLS; "": not over TLS

	UDP    func(ctx context.Context) error // nil: not over UDP
	Stream func(ctx context.Context, conn net.Conn) error
}

// Look tries each way on its own: a client takes the one that its network lets through.
func (t Turn) Check(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	f := Finding{Status: OK, Summary: "It relays.", Evidence: map[string]any{}}
	if t.UDP != nil {
		f.Evidence["udp"] = "relays"
		short, cancel := context.WithTimeout(ctx, layerMost)
		defer cancel()
		if err := t.UDP(short); err != nil {
			f = turnBroken("udp", "It does not relay over UDP.", err)
		}
	}
	if t.TCPAddr == "" {
		return f
	}
	over := t.overTLS(ctx)
	for key, value := range f.Evidence {
		over.Evidence[key] = value
	}
	if f.Status != OK {
		over.Status, over.Code, over.Summary = f.Status, f.Code, f.Summary
	}
	return over
}

// overTLS goes the way of a browser. Where the network does not let this machine call its own public address, what lies
// behind the TLS is tried alone.
func (t Turn) overTLS(ctx context.Context) Finding {
	if _, err := net.DefaultResolver.LookupHost(ctx, t.Domain); err != nil {
		return turnBroken("tls", "Its name cannot be resolved.", err)
	}
	conn, err := (&net.Dialer{Timeout: layerMost}).DialContext(ctx, "tcp", net.JoinHostPort(t.Domain, strconv.Itoa(t.TLSPort)))
	if err != nil {
		return t.inside(ctx, err)
	}
	defer conn.Close()
	secure := tls.Client(conn, &tls.Config{ServerName: t.Domain, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		summary := "Something answers at its port that does not speak TLS."
		if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
			summary = "Its certificate is not accepted."
		}
		return turnBroken("tls", summary, err)
	}
	if err := t.Stream(ctx, secure); err != nil {
		return turnBroken("tls", "It does not relay over TLS.", err)
	}
	return fine("It relays.", map[string]any{"tls": "relays"})
}

func (t Turn) inside(ctx context.Context, outside error) Finding {
	conn, err := (&net.Dialer{Timeout: layerMost}).DialContext(ctx, "tcp", t.TCPAddr)
	if err == nil {
		defer conn.Close()
		err = t.Stream(ctx, conn)
	}
	if err != nil {
		return turnBroken("tls", "It does not relay over TLS.", err)
	}
	return Finding{Status: Warn, Summary: "It relays, but its name and port cannot be reached from this machine itself.",
		Hint:     "If others reach it, all is well: some networks do not let a machine call its own public address.",
		Evidence: map[string]any{"tls": plain(outside)}}
}

func turnBroken(way, summary string, err error) Finding {
	return Finding{Status: Fail, Code: TurnBroken, Summary: summary, Evidence: map[string]any{way: plain(err)}}
}
