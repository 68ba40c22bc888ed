package api

import (
	"net/http"
	"strings"

	"nests/internal/nest"
)

func (f Facts) first() string {
	if len(f.Origins) == 0 {
		return ""
	}
	return f.Origins[0]
}

// livekit is where a client connects, in the spelling of published clients: wss+livekit://host[:port].
func (f Facts) livekit() string {
	scheme, host, _ := strings.Cut(f.first(), "://")
	if scheme == "https" {
		return "wss+livekit://" + host
	}
	return "ws+livekit://" + host
}

func (f Facts) hls(id string) string { return f.first() + "/api/v1/live/" + id + "/live.m3u8" }

// endpoints of a nest: LiveKit first, HLS second where it was asked for.
func (f Facts) endpoints(n nest.Nest) []string {
	if n.HLS {
		return []string{f.livekit(), f.hls(n.ID)}
	}
	return []string{f.livekit()}
}

// config answers what a client needs before it signs.
func (s *Server) config(c *call) error {
	return c.json(http.StatusOK, ConfigBody{
		Version: s.Facts.Version, ServerTime: s.Now().UnixMilli(), PublicURLs: list(s.Facts.Origins),
		API: s.Facts.first() + base, Endpoints: []string{s.Facts.livekit()}, Relay: s.Facts.Relay,
		Relays: list(s.Facts.Relays), Pubkey: s.Facts.Pubkey, Create: s.Facts.Create,
		Limits: LimitsBody{Participants: s.Facts.MaxParticipants, BodyBytes: bodyMax, PictureBytes: nest.PictureBytesMax, Relays: nest.RelaysMax,
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
