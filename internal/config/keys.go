package config

import (
	"net"
	"strings"
)

// Keys is the table of all settings, in the order in which people meet them.
func Keys() []Key {
	return []Key{
		{Name: "http_addr", Default: "127.0.0.1:5544", alias: "PORT", adapt: loopbackPort,
			Doc:   "The one HTTP port: web app, API, signalling and relay. `0.0.0.0:5544` opens it to other machines.",
			field: func(c *Config) value { return setting(&c.HTTPAddr, parseAddr, plain) }},
		{Name: "public_url", Kind: List, Unset: "`http://localhost:<port>`",
			Doc:   "Origins under which people reach this server, comma separated; the first is advertised. `http://127.0.0.1:<port>` is accepted as well while bound to loopback.",
			field: func(c *Config) value { return setting(&c.PublicURLs, list(parseOrigin), join) }},
		{Name: "data_dir", Default: "./data", Where: true,
			Doc:   "Folder of the database, generated keys and recordings.",
			field: func(c *Config) value { return setting(&c.DataDir, parseText, plain) }},
		{Name: "config", Where: true, Unset: "`<data_dir>/nests.yaml`",
			Doc:   "The configuration file. The default one may be missing.",
			field: func(c *Config) value { return setting(&c.File, parseText, plain) }},
		{Name: "trusted_proxies", Kind: List,
			Doc:   "CIDRs of reverse proxies whose `X-Forwarded-For` is believed.",
			field: func(c *Config) value { return setting(&c.TrustedProxies, list(parsePrefix), joinPrefixes) }},
		{Name: "shutdown_timeout", Default: "10s",
			Doc:   "How long a stop may take before connections are cut.",
			field: func(c *Config) value { return setting(&c.ShutdownTimeout, parsePositive, showDuration) }},
		{Name: "max_participants", Default: "1000",
			Doc:   "People in one nest. The recorder and connection tests are not counted.",
			field: func(c *Config) value { return setting(&c.MaxParticipants, parseNumber(1, 100000), showNumber) }},
		{Name: "nostr_key", Secret: true, Unset: "generated",
			Doc:   "The server's own Nostr key, as hex or nsec.",
			field: func(c *Config) value { return setting(&c.NostrKey, parseNostrKey, plain) }},
		{Name: "postgres", Secret: true, Where: true, alias: "DATABASE_URL", adapt: onlyPostgres,
			Doc:   "PostgreSQL URL, used instead of SQLite.",
			field: func(c *Config) value { return setting(&c.Postgres, parseURL("postgres", "postgresql"), plain) }},
		{Name: "redis", Secret: true, Where: true, alias: "REDIS_URL",
			Doc:   "Redis URL through which the embedded LiveKits of several nodes form one cluster.",
			field: func(c *Config) value { return setting(&c.Redis, parseURL("redis", "rediss"), plain) }},
		{Name: "livekit_url", alias: "LIVEKIT_URL",
			Doc:   "Use this LiveKit instead of the embedded one.",
			field: func(c *Config) value { return setting(&c.LiveKitURL, parseLiveKitURL, plain) }},
		{Name: "livekit_api_key", FromFile: true, alias: "LIVEKIT_API_KEY", Unset: "generated",
			Doc:   "LiveKit's API key.",
			field: func(c *Config) value { return setting(&c.LiveKitAPIKey, parseText, plain) }},
		{Name: "livekit_api_secret", Secret: true, alias: "LIVEKIT_API_SECRET", Unset: "generated",
			Doc:   "LiveKit's API secret, 32 characters or more. Well-known ones are refused outside `nests dev`.",
			field: func(c *Config) value { return setting(&c.LiveKitAPISecret, parseText, plain) }},
		{Name: "livekit_exclusive", Default: "false", Kind: Switch,
			Doc:   "The external LiveKit serves nobody else, so that rooms nobody asked for may be ended.",
			field: func(c *Config) value { return setting(&c.LiveKitExclusive, parseSwitch, showSwitch) }},
		{Name: "media_udp_port", Default: "7882",
			Doc:   "UDP port of the audio. `0` takes a free one.",
			field: func(c *Config) value { return setting(&c.MediaUDPPort, parseNumber(0, 65535), showNumber) }},
		{Name: "media_tcp_port", Default: "7881",
			Doc:   "TCP port of the audio for networks without UDP. `0` opens none.",
			field: func(c *Config) value { return setting(&c.MediaTCPPort, parseNumber(0, 65535), showNumber) }},
		{Name: "media_ip", Unset: "found",
			Doc:   "Address that listeners send audio to, when it cannot be found by itself.",
			field: func(c *Config) value { return setting(&c.MediaIP, parseIP, plain) }},
		{Name: "tls_domain",
			Doc:   "Get a certificate for this name by ACME and serve HTTPS on 443.",
			field: func(c *Config) value { return setting(&c.TLSDomain, parseDomain, plain) }},
		{Name: "turn_domain",
			Doc:   "Name of the embedded TURN server.",
			field: func(c *Config) value { return setting(&c.TURNDomain, parseDomain, plain) }},
		{Name: "relays", Kind: List,
			Doc:   "Outside relays that nests default to, 200 at most; the lobby looks on the first of them for nests of other servers.",
			field: func(c *Config) value { return setting(&c.Relays, list(parseRelay), join) }},
		{Name: "operators", Kind: List,
			Doc:   "Public keys of this server's operators, as hex or npub.",
			field: func(c *Config) value { return setting(&c.Operators, list(parsePubkey), join) }},
		{Name: "create", Default: CreateAnyone,
			Doc: "Who may create nests: `anyone`, `list` or `follows` (of an operator).",
			field: func(c *Config) value {
				return setting(&c.Create, oneOf(CreateAnyone, CreateList, CreateFollows), plain)
			}},
		{Name: "rate_limits", Default: "on",
			Doc:   "Limits per key and address; `off` means none of any kind.",
			field: func(c *Config) value { return setting(&c.RateLimits, parseOnOff, showOnOff) }},
		{Name: "empty_timeout", Default: "0",
			Doc:   "A live nest without anyone for this long ends. `0`: never.",
			field: func(c *Config) value { return setting(&c.EmptyTimeout, parseDuration, showDuration) }},
		{Name: "metrics_addr", Default: "127.0.0.1:6544",
			Doc:   "Prometheus metrics and pprof, on loopback only. `off` opens none.",
			field: func(c *Config) value { return setting(&c.MetricsAddr, parseMetricsAddr, showMetricsAddr) }},
		{Name: "log_format", Default: LogAuto,
			Doc:   "`text`, `json`, or `auto`: text on a terminal, JSON elsewhere.",
			field: func(c *Config) value { return setting(&c.LogFormat, oneOf(LogAuto, LogText, LogJSON), plain) }},
		{Name: "log_level", Default: "info",
			Doc:   "`debug`, `info`, `warn` or `error`.",
			field: func(c *Config) value { return setting(&c.LogLevel, parseLevel, showLevel) }},
	}
}

// loopbackPort keeps the default's host: a PORT that happens to be set must not open the server to the network.
func loopbackPort(port string) (string, bool) { return net.JoinHostPort("127.0.0.1", port), true }

// onlyPostgres passes over a DATABASE_URL that belongs to another program's MySQL or SQLite.
func onlyPostgres(s string) (string, bool) {
	return s, strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}
