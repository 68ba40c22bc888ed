package config

import (
	"net"
	"strings"
)

// Keys is the table of all settings, in the order of the documents.
func Keys() []Key {
	return []Key{
		{Name: "http_addr", Default: "127.0.0.1:5544", alias: "PORT", adapt: loopbackPort,
			Doc: "Address of the HTTP port for the web app, API, signalling and relay. `0.0.0.0:5544` opens it to " +
				"other machines.",
			field: func(c *Config) value { return setting(&c.HTTPAddr, parseAddr, plain) }},
		{Name: "public_url", Kind: List, Unset: "`http://localhost:<port>`",
			Doc: "Origins of this server, comma separated; the first is advertised. While bound to loopback, the " +
				"server also accepts `http://127.0.0.1:<port>`.",
			field: func(c *Config) value { return setting(&c.PublicURLs, list(parseOrigin), join) }},
		{Name: "data_dir", Default: "./data", FlagOnlyInDev: true,
			Doc:   "Folder for the database, generated keys and certificates.",
			field: func(c *Config) value { return setting(&c.DataDir, parseText, plain) }},
		{Name: "config", FlagOnlyInDev: true, Unset: "`<data_dir>/nests.yaml`",
			Doc:   "The configuration file. The default file is optional.",
			field: func(c *Config) value { return setting(&c.File, parseText, plain) }},
		{Name: "trusted_proxies", Kind: List,
			Doc:   "CIDRs of reverse proxies whose `X-Forwarded-For` is trusted.",
			field: func(c *Config) value { return setting(&c.TrustedProxies, list(parsePrefix), joinPrefixes) }},
		{Name: "shutdown_timeout", Default: "10s",
			Doc:   "How long a stop may take before remaining connections are closed.",
			field: func(c *Config) value { return setting(&c.ShutdownTimeout, parsePositive, showDuration) }},
		{Name: "max_participants", Default: "1000",
			Doc:   "Maximum number of participants in one nest. Connection tests do not count.",
			field: func(c *Config) value { return setting(&c.MaxParticipants, parseNumber(1, 100000), showNumber) }},
		{Name: "nostr_key", Secret: true, Unset: "generated",
			Doc:   "The server's own Nostr key, as hex or nsec.",
			field: func(c *Config) value { return setting(&c.NostrKey, parseNostrKey, plain) }},
		{Name: "postgres", Secret: true, FlagOnlyInDev: true, alias: "DATABASE_URL", adapt: onlyPostgres,
			Doc:   "PostgreSQL URL, used instead of SQLite.",
			field: func(c *Config) value { return setting(&c.Postgres, parseURL("postgres", "postgresql"), plain) }},
		{Name: "redis", Secret: true, FlagOnlyInDev: true, alias: "REDIS_URL",
			Doc:   "Redis URL. Nodes with the same one join their embedded LiveKit servers into one cluster.",
			field: func(c *Config) value { return setting(&c.Redis, parseURL("redis", "rediss"), plain) }},
		{Name: "livekit_url", alias: "LIVEKIT_URL",
			Doc:   "Use this LiveKit instead of the embedded one.",
			field: func(c *Config) value { return setting(&c.LiveKitURL, parseLiveKitURL, plain) }},
		{Name: "livekit_api_key", FromFile: true, alias: "LIVEKIT_API_KEY", Unset: "generated",
			Doc:   "LiveKit's API key.",
			field: func(c *Config) value { return setting(&c.LiveKitAPIKey, parseText, plain) }},
		{Name: "livekit_api_secret", Secret: true, alias: "LIVEKIT_API_SECRET", Unset: "generated",
			Doc:   "LiveKit's API secret, at least 32 characters. Well-known secrets are refused outside `nests dev`.",
			field: func(c *Config) value { return setting(&c.LiveKitAPISecret, parseText, plain) }},
		{Name: "livekit_exclusive", Default: "false", Kind: Switch,
			Doc:   "The external LiveKit serves only this server, so rooms without a nest may be ended.",
			field: func(c *Config) value { return setting(&c.LiveKitExclusive, parseSwitch, showSwitch) }},
		{Name: "media_udp_port", Default: "7882",
			Doc:   "UDP port for audio. `0` picks a free port.",
			field: func(c *Config) value { return setting(&c.MediaUDPPort, parseNumber(0, 65535), showNumber) }},
		{Name: "media_tcp_port", Default: "7881",
			Doc:   "TCP port for audio in networks without UDP. `0` opens none.",
			field: func(c *Config) value { return setting(&c.MediaTCPPort, parseNumber(0, 65535), showNumber) }},
		{Name: "media_ip", Unset: "detected",
			Doc:   "Address that browsers send audio to, if the detected one is wrong.",
			field: func(c *Config) value { return setting(&c.MediaIP, parseIP, plain) }},
		{Name: "tls_domain", Kind: List, FlagOnlyInDev: true,
			Doc: "Serve HTTPS for these names, comma separated, with certificates by ACME (Let's Encrypt). By " +
				"setting it you accept the authority's terms. The first name is the default of `public_url`.",
			field: func(c *Config) value { return setting(&c.TLSDomains, list(parseDomain), join) }},
		{Name: "tls_cert", FlagOnlyInDev: true,
			Doc: "PEM file with your own certificate and its chain, used instead of ACME. The server reads it " +
				"again when it changes, and on SIGHUP.",
			field: func(c *Config) value { return setting(&c.TLSCert, parseText, plain) }},
		{Name: "tls_key", FlagOnlyInDev: true,
			Doc:   "PEM file with the private key of `tls_cert`.",
			field: func(c *Config) value { return setting(&c.TLSKey, parseText, plain) }},
		{Name: "tls_addr", Default: ":443",
			Doc:   "Address for HTTPS when `tls_domain` or `tls_cert` is set.",
			field: func(c *Config) value { return setting(&c.TLSAddr, parseAddr, plain) }},
		{Name: "tls_redirect_addr", Default: ":80",
			Doc: "Address for plain HTTP when HTTPS is on. It answers ACME challenges and redirects all other " +
				"requests to the public URL. `off` opens none.",
			field: func(c *Config) value { return setting(&c.TLSRedirectAddr, parseAddrOrOff, showAddrOrOff) }},
		{Name: "acme_url", Default: "https://acme-v02.api.letsencrypt.org/directory",
			Doc:   "Directory URL of the ACME authority.",
			field: func(c *Config) value { return setting(&c.ACMEURL, parseURL("https"), plain) }},
		{Name: "acme_email",
			Doc:   "Address at which the authority may contact you about your certificates.",
			field: func(c *Config) value { return setting(&c.ACMEEmail, parseText, plain) }},
		{Name: "acme_root",
			Doc:   "PEM file with the root certificate of your own ACME authority, to trust its server.",
			field: func(c *Config) value { return setting(&c.ACMERoot, parseText, plain) }},
		{Name: "turn_domain",
			Doc: "Name of the embedded TURN server, which carries audio where a network allows nothing else. It " +
				"needs a certificate, and must differ from the names in `public_url`.",
			field: func(c *Config) value { return setting(&c.TURNDomain, parseDomain, plain) }},
		{Name: "turn_udp_port", Default: "3478",
			Doc:   "UDP port of TURN. `0` opens none.",
			field: func(c *Config) value { return setting(&c.TURNUDPPort, parseNumber(0, 65535), showNumber) }},
		{Name: "turn_tls_port", Default: "443",
			Doc:   "TCP port on which browsers reach TURN over TLS.",
			field: func(c *Config) value { return setting(&c.TURNTLSPort, parseNumber(1, 65535), showNumber) }},
		{Name: "turn_tcp_addr",
			Doc: "Address for TURN from a proxy that terminated its TLS, such as `127.0.0.1:5349`. Not needed when " +
				"this server terminates TLS itself.",
			field: func(c *Config) value { return setting(&c.TURNTCPAddr, parseAddr, plain) }},
		{Name: "relays", Kind: List,
			Doc: "Default outside relays of nests, at most 200. The lobby reads nests of other servers from the " +
				"first of them.",
			field: func(c *Config) value { return setting(&c.Relays, list(parseRelay), join) }},
		{Name: "operators", Kind: List,
			Doc:   "Public keys of this server's operators, as hex or npub.",
			field: func(c *Config) value { return setting(&c.Operators, list(parsePubkey), join) }},
		{Name: "create", Default: CreateAnyone,
			Doc: "Who may create nests besides operators: `anyone`, `list` (keys that operators add) or `follows` " +
				"(keys that an operator follows on Nostr).",
			field: func(c *Config) value {
				return setting(&c.Create, oneOf(CreateAnyone, CreateList, CreateFollows), plain)
			}},
		{Name: "quota", Default: "100",
			Doc: "How many live and planned nests a key may have. `0`, or `rate_limits` off: no limit. Operators " +
				"have no limit, and can set another quota for a key.",
			field: func(c *Config) value { return setting(&c.Quota, parseNumber(0, 1000000), showNumber) }},
		{Name: "audit_retention", Default: "2160h",
			Doc:   "How long the audit log and reports are kept; 2160h is 90 days.",
			field: func(c *Config) value { return setting(&c.AuditRetention, parsePositive, showDuration) }},
		{Name: "rate_limits", Default: "on",
			Doc:   "Rate limits and quotas per key and address; `off` turns all of them off.",
			field: func(c *Config) value { return setting(&c.RateLimits, parseOnOff, showOnOff) }},
		{Name: "empty_timeout", Default: "0",
			Doc:   "Ends a live nest that has been empty for this long. `0`: never.",
			field: func(c *Config) value { return setting(&c.EmptyTimeout, parseDuration, showDuration) }},
		{Name: "metrics_addr", Default: "127.0.0.1:6544",
			Doc:   "Prometheus metrics and pprof, on loopback only. `off` opens none.",
			field: func(c *Config) value { return setting(&c.MetricsAddr, parseMetricsAddr, showAddrOrOff) }},
		{Name: "log_format", Default: LogAuto,
			Doc:   "`text`, `json`, or `auto`: text on a terminal, JSON elsewhere.",
			field: func(c *Config) value { return setting(&c.LogFormat, oneOf(LogAuto, LogText, LogJSON), plain) }},
		{Name: "log_level", Default: "info",
			Doc:   "`debug`, `info`, `warn` or `error`.",
			field: func(c *Config) value { return setting(&c.LogLevel, parseLevel, showLevel) }},
	}
}

// loopbackPort keeps the default host: a PORT meant for another program must not open the server to the network.
func loopbackPort(port string) (string, bool) { return net.JoinHostPort("127.0.0.1", port), true }

// onlyPostgres rejects a DATABASE_URL of another program's MySQL or SQLite.
func onlyPostgres(s string) (string, bool) {
	return s, strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}
