package api

import (
	"net/http"
	"strings"

	"nests/internal/nest"
)

// PublicConfig is what the server publishes about itself at /api/v1/config.
type PublicConfig struct {
	Version         string
	Origins         []string // public origins, scheme://host[:port]; the first is advertised
	Relay           string   // canonical URL of this server's relay
	Relays          []string // outside relays that nests default to
	Pubkey          string   // the server's own key
	MaxParticipants int
	Create          string // who may create nests: anyone, list or follows
}

func (p PublicConfig) first() string {
	if len(p.Origins) == 0 {
		return ""
	}
	return p.Origins[0]
}

// livekit is where a client connects, in the spelling of published clients: wss+livekit://host[:port].
func (p PublicConfig) livekit() string {
	scheme, host, _ := strings.Cut(p.first(), "://")
	if scheme == "https" {
		return "wss+livekit://" + host
	}
	return "ws+livekit://" + host
}

func (p PublicConfig) hls(id string) string { return p.first() + "/api/v1/live/" + id + "/live.m3u8" }

// endpoints of a nest: LiveKit first, HLS second where it was asked for.
func (p PublicConfig) endpoints(n nest.Nest) []string {
	if n.HLS {
		return []string{p.livekit(), p.hls(n.ID)}
	}
	return []string{p.livekit()}
}

// config answers what a client needs before it signs.
func (s *Server) config(x *exchange) error {
	return x.json(http.StatusOK, ConfigBody{
		Version: s.Config.Version, ServerTime: s.Now().UnixMilli(), PublicURLs: list(s.Config.Origins),
		API: s.Config.first() + base, Endpoints: []string{s.Config.livekit()}, Relay: s.Config.Relay,
		Relays: list(s.Config.Relays), Pubkey: s.Config.Pubkey, Create: s.Config.Create,
		Limits: LimitsBody{Participants: s.Config.MaxParticipants, BodyBytes: bodyMax, PictureBytes: nest.PictureBytesMax, Relays: nest.RelaysMax,
			TitleLength: nest.TitleMax, SummaryLength: nest.SummaryMax, Hashtags: nest.HashtagsMax,
			AuthSeconds: 60, TokenSeconds: int(tokenTTL.Seconds()), SessionSeconds: int(sessionTTL.Seconds())},
	})
}

// list is never null on the wire.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
