// Package front terminates TLS. It serves HTTPS with HTTP/1.1 and HTTP/2, routes connections by the name that the
// client asks for (SNI), and redirects plain HTTP to HTTPS. Certificates are the operator's own files, or are
// obtained by ACME.
//
// A connection for a name in Routes is decrypted and proxied to an address on this machine, such as TURN's. All others
// come from Listener as *tls.Conn after the handshake, so that net/http can serve HTTP/2.
//
// The package knows nothing of nests, and must not log a name that a client sent.
package front
