// Package front terminates TLS: it listens with HTTPS and HTTP/2, tells connections apart by the name that the client asks
// for (SNI), and answers plain HTTP with the way to HTTPS. Certificates are files of the operator's, or come by ACME.
//
// Connections of a name in Routes are passed on without TLS to an address on this machine, such as LiveKit's TURN; all others
// are handed to whoever accepts from Listener, as *tls.Conn whose handshake is done, so that net/http sees HTTP/2.
//
// The package knows nothing of nests, and must not log a name that a client sent.
package front
