package config

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// Config holds all settings of one server. Load fills and checks it; Generate adds the keys that only a running server
// needs.
type Config struct {
	Dev  bool   // `nests dev`: loopback only, well-known secrets are allowed
	File string // path of nests.yaml, which may not exist

	HTTPAddr        string   // host:port; an empty host means every interface, port 0 a free port
	PublicURLs      []string // origins as configured; empty: see PublicOrigins
	DataDir         string
	TrustedProxies  []netip.Prefix
	ShutdownTimeout time.Duration
	MaxParticipants int

	NostrKey string // 64 hex, secret
	ServerID string // UUID in the metadata of this server's LiveKit rooms; always generated

	Postgres string // URL, may hold a password
	Redis    string // URL, may hold a password

	LiveKitURL       string // "": the embedded LiveKit
	LiveKitAPIKey    string
	LiveKitAPISecret string
	LiveKitExclusive bool

	MediaUDPPort int // 0: a free port
	MediaTCPPort int // 0: no TCP
	MediaIP      string

	TLSDomains      []string // the first is advertised unless PublicURLs is set
	TLSCert         string   // file; "": certificates by ACME
	TLSKey          string
	TLSAddr         string // host:port
	TLSRedirectAddr string // host:port, "": none
	ACMEURL         string
	ACMEEmail       string
	ACMERoot        string // file

	TURNDomain  string // "": no TURN
	TURNUDPPort int    // 0: no TURN over UDP
	TURNTLSPort int    // that browsers connect to
	TURNTCPAddr string // for a proxy that terminates the TLS of TURN; "": no such proxy

	Relays    []string
	Operators []string // 64 hex
	Create    string   // CreateAnyone, CreateList or CreateFollows
	Quota     int      // nests of one key, 0: no limit

	AuditRetention time.Duration

	RateLimits   bool
	EmptyTimeout time.Duration // 0: never

	MetricsAddr string // "": none
	LogFormat   string // LogAuto, LogText or LogJSON
	LogLevel    slog.Level

	sources map[string]string // key → where its value came from
}

// Values of Create: who may create nests.
const (
	CreateAnyone  = "anyone"
	CreateList    = "list"
	CreateFollows = "follows"
)

// Log formats. LogAuto is text on a terminal and JSON elsewhere.
const (
	LogAuto = "auto"
	LogText = "text"
	LogJSON = "json"
)

// TLS reports whether this server terminates TLS itself.
func (c Config) TLS() bool { return len(c.TLSDomains) > 0 || c.TLSCert != "" }

// CertificateNames are the names to request certificates for by ACME.
func (c Config) CertificateNames() []string {
	names := slices.Clone(c.TLSDomains)
	if c.TURNDomain != "" && !slices.Contains(names, c.TURNDomain) {
		names = append(names, c.TURNDomain)
	}
	return names
}

// Source returns where a key's value came from: "default", "nests.yaml line 3", the name of a variable or a flag.
func (c Config) Source(key string) string { return c.sources[key] }
