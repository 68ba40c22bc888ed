package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"time"
)

// Served is where a certificate is presented, and for which name.
type TLSEndpoint struct {
	Address string // host:port, where this process reaches it
	Name    string // host that browsers type
	Own     bool   // presented by this process: that nobody answers there is no matter of networks
}

// certificates judges what browsers are shown, as they do. The worst is told.
func (s *Server) certificates(ctx context.Context) Finding {
	if len(s.TLSEndpoints) == 0 {
		return skipped("No public address has TLS.")
	}
	worst := Finding{}
	for i, served := range s.TLSEndpoints {
		if f := served.look(ctx, s.Now); i == 0 || worse(f, worst) {
			worst = f
		}
	}
	if s.RenewalError == nil {
		return worst
	}
	trouble := s.RenewalError()
	if trouble == nil {
		return worst
	}
	if worst.Evidence == nil {
		worst.Evidence = map[string]any{}
	}
	worst.Evidence["error"] = trouble.Error()
	if worst.Status == OK {
		worst.Status, worst.Summary = Warn, "It holds, but the next one cannot be had."
		worst.Hint = "The evidence says why; the log has it under component=front."
	}
	return worst
}

// worse compares by status, then by the time that is left.
func worse(a, b Finding) bool {
	rank := map[Status]int{OK: 0, Skipped: 1, Unknown: 2, Warn: 3, Fail: 4}
	if rank[a.Status] != rank[b.Status] {
		return rank[a.Status] > rank[b.Status]
	}
	left, known := a.Evidence[secondsLeft].(int64)
	other, alsoKnown := b.Evidence[secondsLeft].(int64)
	return known && (!alsoKnown || left < other)
}

func (s TLSEndpoint) look(ctx context.Context, now func() time.Time) Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	raw, err := (&net.Dialer{Timeout: layerMost}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		if s.Own {
			return Finding{Status: Fail, Summary: "Nothing listens for it.", Evidence: map[string]any{"address": s.Address, "error": plain(err)}}
		}
		return skipped("It cannot be asked for from this machine itself.")
	}
	defer raw.Close()
	conn := tls.Client(raw, &tls.Config{ServerName: s.Name})
	err = conn.HandshakeContext(ctx)
	f := judgeCertificate(presented(conn.ConnectionState(), err), err, now())
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok { // an operator may have an authority of his own
		f.Status, f.Code, f.Hint = Warn, "", "If it is from an authority of your own, the devices of your listeners must know it; SSL_CERT_FILE tells this server."
	}
	f.Evidence["name"] = s.Name
	return f
}

// presented is the certificate of a handshake that went well, or of one that was refused for it. Nil when there was none.
func presented(state tls.ConnectionState, err error) *x509.Certificate {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(refused.UnverifiedCertificates) > 0 {
		return refused.UnverifiedCertificates[0]
	}
	if err == nil && len(state.PeerCertificates) > 0 {
		return state.PeerCertificates[0]
	}
	return nil
}

const secondsLeft, lifetime = "seconds_left", "lifetime_s" // in the evidence

// Certificate is what the check of that name saw, in seconds: what is left of the certificate that ends first, and its whole
// life; zeros when none was seen.
func (r Report) Certificate() (left, life int64) {
	for _, c := range r.Checks {
		if c.ID == "certificate" {
			left, _ = c.Evidence[secondsLeft].(int64)
			life, _ = c.Evidence[lifetime].(int64)
		}
	}
	return left, life
}

// judgeCertificate is what a browser makes of a certificate and of the error that it led to.
func judgeCertificate(cert *x509.Certificate, err error, now time.Time) Finding {
	wrong := func(summary, hint string) Finding {
		return Finding{Status: Fail, Code: CertificateWrong, Summary: summary, Hint: hint, Evidence: map[string]any{}}
	}
	if cert == nil {
		f := wrong("None is presented for the name of the server.", "")
		if err != nil {
			f.Evidence["error"] = plain(err)
		}
		return f
	}
	left, life := cert.NotAfter.Sub(now), cert.NotAfter.Sub(cert.NotBefore)
	var f Finding
	_, otherName := errors.AsType[x509.HostnameError](err)
	switch {
	case left <= 0:
		f = wrong("It has ended.", "")
	case now.Before(cert.NotBefore):
		f = wrong("It is not valid yet.", "Set the clocks right; else wait until it begins.")
	case otherName:
		f = wrong("It is for other names than the one of the server.", "Get one that holds the name in NESTS_PUBLIC_URL.")
		f.Evidence["names"] = cert.DNSNames
	case err != nil:
		f = wrong("It is not from an authority that this machine knows.", "Serve the whole chain, or get one from an authority that browsers know.")
		f.Evidence["error"] = plain(err)
	case left < endsSoon(life):
		f = Finding{Status: Warn, Code: CertificateEnds, Summary: "It ends soon.", Evidence: map[string]any{}}
	default:
		f = fine("It holds.", map[string]any{})
	}
	f.Evidence["days_left"], f.Evidence[secondsLeft], f.Evidence[lifetime] = int64(left.Hours()/24), int64(left.Seconds()), int64(life.Seconds())
	return f
}

// endsSoon is when somebody must look: ACME renews when a third of the life is left, so at half of that every try of half the
// time has failed. A certificate for a year is renewed by hand, for which two weeks are enough.
func endsSoon(life time.Duration) time.Duration { return min(14*24*time.Hour, life/6) }

// TLSEndpointsOf is what a public URL presents, nothing for one without TLS. front is where this process itself listens, "" when
// somebody before it terminates TLS.
func TLSEndpointsOf(origin, front string) []TLSEndpoint {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" {
		return nil
	}
	if front != "" {
		return []TLSEndpoint{{Address: front, Name: u.Hostname(), Own: true}}
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return []TLSEndpoint{{Address: net.JoinHostPort(u.Hostname(), port), Name: u.Hostname()}}
}
