package api

import (
	"net/http"
	"strings"

	"nests/internal/nest"
	"nests/internal/nip"
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

// firstOrigin is the advertised origin, "" without any.
func (p PublicConfig) firstOrigin() string {
	if len(p.Origins) == 0 {
		return ""
	}
	return p.Origins[0]
}

// livekitURL is where a client connects, in the form that published clients read: wss+livekit://host[:port].
func (p PublicConfig) livekitURL() string {
	scheme, host, _ := strings.Cut(p.firstOrigin(), "://")
	if scheme == "https" {
		return "wss+livekit://" + host
	}
	return "ws+livekit://" + host
}

func (p PublicConfig) hlsURL(id string) string {
	return p.firstOrigin() + "/api/v1/live/" + id + "/live.m3u8"
}

// endpoints of a nest are LiveKit, then HLS if its creator asked for it.
func (p PublicConfig) endpoints(n nest.Nest) []string {
	if n.HLS {
		return []string{p.livekitURL(), p.hlsURL(n.ID)}
	}
	return []string{p.livekitURL()}
}

// config returns what a client needs before it signs.
func (s *Server) config(x *exchange) error {
	return x.json(http.StatusOK, ConfigBody{
		Version:    s.Config.Version,
		ServerTime: s.Now().UnixMilli(),
		PublicURLs: notNil(s.Config.Origins),
		API:        s.Config.firstOrigin() + base,
		Endpoints:  []string{s.Config.livekitURL()},
		Relay:      s.Config.Relay,
		Relays:     notNil(s.Config.Relays),
		Pubkey:     s.Config.Pubkey,
		Create:     s.Config.Create,
		Limits: LimitsBody{
			Participants:   s.Config.MaxParticipants,
			BodyBytes:      bodyMax,
			PictureBytes:   nest.PictureBytesMax,
			Relays:         nest.RelaysMax,
			TitleLength:    nest.TitleMax,
			SummaryLength:  nest.SummaryMax,
			Hashtags:       nest.HashtagsMax,
			AuthSeconds:    int(nip.AuthWindow.Seconds()),
			TokenSeconds:   int(tokenTTL.Seconds()),
			SessionSeconds: int(sessionTTL.Seconds()),
		},
	})
}

// notNil replaces nil by an empty slice, which JSON encodes as [] and not as null.
func notNil[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
