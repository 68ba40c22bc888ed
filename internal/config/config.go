package config

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// Config is what one server runs with. Load fills and checks it; Generate adds the keys that only a running server needs.
type Config struct {
	Dev  bool   // `nests dev`: loopback only, well-known secrets are fine
	File string // nests.yaml that is read when it exists

	HTTPAddr        string   // host:port; an empty host is every interface, port 0 a free one
	PublicURLs      []string // origins as configured; empty: see PublicOrigins
	DataDir         string
	TrustedProxies  []netip.Prefix
	ShutdownTimeout time.Duration
	MaxParticipants int

	NostrKey string // 64 hex, secret
	ServerID string // UUID that LiveKit rooms of ours carry; always generated

	Postgres string // URL, may hold a password
	Redis    string // URL, may hold a password

	LiveKitURL       string // "": the embedded LiveKit
	LiveKitAPIKey    string
	LiveKitAPISecret string
	LiveKitExclusive bool

	MediaUDPPort int // 0: a free one
	MediaTCPPort int // 0: no TCP
	MediaIP      string

	TLSDomains      []string // names; the first is advertised unless PublicURLs says otherwise
	TLSCert         string   // file; "": certificates by ACME
	TLSKey          string
	TLSAddr         string // host:port
	TLSRedirectAddr string // host:port, "": none
	ACMEURL         string
	ACMEEmail       string
	ACMERoot        string // file

	TURNDomain  string // "": no TURN
	TURNUDPPort int    // 0: not over UDP
	TURNTLSPort int    // as browsers see it
	TURNTCPAddr string // where a proxy passes on what was inside TLS; "": no such proxy

	Relays    []string
	Operators []string // 64 hex
	Create    string   // CreateAnyone, CreateList or CreateFollows
	Quota     int      // nests a key, 0: no limit

	AuditRetention time.Duration

	RateLimits   bool
	EmptyTimeout time.Duration // 0: never

	MetricsAddr string // "": none
	LogFormat   string // LogAuto, LogText or LogJSON
	LogLevel    slog.Level

	sources map[string]string // key → where its value came from
}

// Who may create nests.
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

// TLS says whether this server terminates TLS itself.
func (c Config) TLS() bool { return len(c.TLSDomains) > 0 || c.TLSCert != "" }

// CertificateNames are the names that this server's certificates must hold when they come by ACME.
func (c Config) CertificateNames() []string {
	names := slices.Clone(c.TLSDomains)
	if c.TURNDomain != "" && !slices.Contains(names, c.TURNDomain) {
		names = append(names, c.TURNDomain)
	}
	return names
}

// Source says where a key's value came from: "default", "nests.yaml", the name of a variable or of a flag.
func (c Config) Source(key string) string { return c.sources[key] }
