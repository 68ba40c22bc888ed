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

// TLSEndpoint is an address where browsers get a certificate, and the name they expect in it.
type TLSEndpoint struct {
	Address string // host:port, where this process reaches it
	Name    string // host of the URL
	Own     bool   // this process listens there, so a failed connection is an error and not a matter of the network
}

// certificates checks each endpoint as a browser does, and returns the worst finding.
func (s *Server) certificates(ctx context.Context) Finding {
	if len(s.TLSEndpoints) == 0 {
		return skipped("No public URL uses HTTPS.")
	}
	worst := Finding{}
	for i, endpoint := range s.TLSEndpoints {
		if f := endpoint.check(ctx, s.Now); i == 0 || worse(f, worst) {
			worst = f
		}
	}
	if s.RenewalError == nil {
		return worst
	}
	renewalErr := s.RenewalError()
	if renewalErr == nil {
		return worst
	}
	if worst.Evidence == nil {
		worst.Evidence = map[string]any{}
	}
	worst.Evidence["error"] = renewalErr.Error()
	if worst.Status == OK {
		worst.Status, worst.Summary = Warn, "The certificate is valid, but its last renewal failed."
		worst.Hint = "The error is in the evidence, and in the log under component=front."
	}
	return worst
}

// worse reports whether a is worse than b: by status, then by the time left.
func worse(a, b Finding) bool {
	rank := map[Status]int{OK: 0, Skipped: 1, Unknown: 2, Warn: 3, Fail: 4}
	if rank[a.Status] != rank[b.Status] {
		return rank[a.Status] > rank[b.Status]
	}
	left, known := a.Evidence[secondsLeft].(int64)
	other, alsoKnown := b.Evidence[secondsLeft].(int64)
	return known && (!alsoKnown || left < other)
}

// check connects to the endpoint and judges the certificate that it presents.
func (s TLSEndpoint) check(ctx context.Context, now func() time.Time) Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	raw, err := (&net.Dialer{Timeout: layerTimeout}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		if s.Own {
			return Finding{Status: Fail, Summary: "The server cannot connect to its own HTTPS port.",
				Evidence: map[string]any{"address": s.Address, "error": errorText(err)}}
		}
		return skipped("This machine cannot reach the address of the HTTPS port.")
	}
	defer raw.Close()
	conn := tls.Client(raw, &tls.Config{ServerName: s.Name})
	err = conn.HandshakeContext(ctx)
	f := judgeCertificate(certificateOf(conn.ConnectionState(), err), err, now())
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok { // perhaps the operator's own authority
		f.Status, f.Code = Warn, ""
		f.Hint = "If your own authority issued it, install the authority's root on your listeners' devices, " +
			"and name it to this server with SSL_CERT_FILE."
	}
	f.Evidence["name"] = s.Name
	return f
}

// certificateOf is the certificate of a handshake that succeeded, or of one that failed because of it; nil without one.
func certificateOf(state tls.ConnectionState, err error) *x509.Certificate {
	refused, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if ok && len(refused.UnverifiedCertificates) > 0 {
		return refused.UnverifiedCertificates[0]
	}
	if err == nil && len(state.PeerCertificates) > 0 {
		return state.PeerCertificates[0]
	}
	return nil
}

// Keys of the evidence.
const secondsLeft, lifetime = "seconds_left", "lifetime_s"

// Certificate returns the seconds until the first certificate expires and the seconds of its whole lifetime; zeros when
// the report has no certificate.
func (r Report) Certificate() (left, life int64) {
	for _, c := range r.Checks {
		if c.ID == "certificate" {
			left, _ = c.Evidence[secondsLeft].(int64)
			life, _ = c.Evidence[lifetime].(int64)
		}
	}
	return left, life
}

// judgeCertificate judges a certificate, and the error of the handshake that presented it, as a browser does.
func judgeCertificate(cert *x509.Certificate, err error, now time.Time) Finding {
	wrong := func(summary, hint string) Finding {
		return Finding{Status: Fail, Code: CertificateWrong, Summary: summary, Hint: hint, Evidence: map[string]any{}}
	}
	if cert == nil {
		f := wrong("The server presents no certificate for its name.", "")
		if err != nil {
			f.Evidence["error"] = errorText(err)
		}
		return f
	}
	left, life := cert.NotAfter.Sub(now), cert.NotAfter.Sub(cert.NotBefore)
	var f Finding
	_, otherName := errors.AsType[x509.HostnameError](err)
	switch {
	case left <= 0:
		f = wrong("The certificate has expired.", "")
	case now.Before(cert.NotBefore):
		f = wrong("The certificate is not valid yet.", "Correct the clocks, or wait until it becomes valid.")
	case otherName:
		f = wrong("The certificate was issued for other names than the server's.",
			"Get a certificate for the name in NESTS_PUBLIC_URL.")
		f.Evidence["names"] = cert.DNSNames
	case err != nil:
		f = wrong(
			"This machine does not trust the authority that issued the certificate.",
			"Serve the whole chain, or get one from an authority that browsers trust.",
		)
		f.Evidence["error"] = errorText(err)
	case left < warnBefore(life):
		f = Finding{
			Status:   Warn,
			Code:     CertificateEnds,
			Summary:  "The certificate expires soon.",
			Evidence: map[string]any{},
		}
	default:
		f = passed("The certificate is valid.", map[string]any{})
	}
	f.Evidence["days_left"] = int64(left.Hours() / 24)
	f.Evidence[secondsLeft] = int64(left.Seconds())
	f.Evidence[lifetime] = int64(life.Seconds())
	return f
}

// warnBefore is the time left at which the operator is warned. ACME renews when a third of the life is left, so at a
// sixth the attempts of half that time have failed. A certificate for a year is renewed by hand; two weeks are enough
// for that.
func warnBefore(life time.Duration) time.Duration { return min(14*24*time.Hour, life/6) }

// TLSEndpointsOf returns the endpoint of a public URL, none for a URL without TLS. front is the address where this
// process terminates TLS, "" when a proxy does.
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
