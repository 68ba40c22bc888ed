package media

import (
	"fmt"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/protocol/webhook"
	"github.com/livekit/protocol/xtls"
	"go.yaml.in/yaml/v3"
)

const (
	emptyTimeout     = 60 // seconds a room waits for its first participant; the gate makes rooms only for one who is at the door
	departureTimeout = 20 // seconds a room outlives its last participant
)

// noSTUN is STUN's own port (RFC 8489) on the client's machine, where nobody answers. It must not be the media port: libwebrtc
// takes all that comes from a STUN server's address for STUN answers, and no media arrives. Nor a port that Firefox refuses to
// name, such as 9 (discard): it would not connect at all.
const noSTUN = "127.0.0.1:3478"

// Redis is where LiveKit nodes of one cluster find each other.
type Redis struct {
	Address  string // host:port; "": none
	Username string
	Password string
	DB       int
	TLS      bool
}

// config builds LiveKit's configuration through its own parser, which brings the defaults and the check.
//
// With no STUN server set, LiveKit sends every client to those of Google and Twilio, who then know who listens. A client of
// a server whose address is known needs none, but the list cannot be empty. Whether the address that LiveKit finds by itself is a
// public one is known when it has been found.
func (e *Embedded) config() (*config.Config, error) {
	text, err := yaml.Marshal(e.settings())
	if err != nil {
		return nil, fmt.Errorf("write livekit config: %w", err)
	}
	conf, err := config.NewConfig(string(text), true, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("check livekit config: %w", err)
	}
	// false and 0 fall out of LiveKit's own YAML (omitempty), so what is off by intent is set after parsing.
	conf.Room.AutoCreate = false
	conf.Room.EnableRemoteUnmute = false
	conf.Room.EnabledCodecs = codecs()
	conf.RTC.TCPPort = uint32(e.TCPPort)
	conf.EnableDataTracks = false
	switch {
	case e.TURN != nil: // is STUN as well
		e.TURN.advertise(conf, turnSecret(e.Secret))
	case e.Loopback || e.NodeIP != "":
		conf.RTC.STUNServers = []string{noSTUN}
	}
	return conf, conf.ValidateKeys()
}

// codecs are what a room may carry. Nobody may publish video, yet one video codec must be there: clients that use a
// single peer connection (/rtc/v1) offer video sections, and when those are rejected livekit-client 2.23 fails to
// negotiate ("Transceiver not found based on m-line index") and the Go SDK never gets its track through.
func codecs() []config.CodecSpec {
	return []config.CodecSpec{{Mime: "audio/opus"}, {Mime: "audio/red"}, {Mime: "video/VP8"}}
}

func (e *Embedded) settings() *config.Config {
	c := new(config.Config)
	c.Port = uint32(e.HTTPPort)
	c.BindAddresses = []string{"127.0.0.1"}
	c.Keys = map[string]string{e.Key: e.Secret}
	c.Room.EmptyTimeout = emptyTimeout
	c.Room.DepartureTimeout = departureTimeout
	// Participant lists come from the owning node's memory and not from a store that trails behind.
	c.API.EnablePsrpcForGetListParticpants = true
	c.RTC.UDPPort.Start = e.UDPPort
	c.RTC.NodeIP.V4, c.RTC.NodeIP.V6 = nodeIP(e.NodeIP)
	if e.Loopback {
		c.RTC.NodeIP.V4, c.RTC.NodeIP.V6 = "127.0.0.1", ""
		c.RTC.EnableLoopbackCandidate = true
		c.RTC.Interfaces.Includes = []string{"lo", "lo0"}
	}
	if e.WebhookURL != "" {
		c.WebHook = webhook.WebHookConfig{URLs: []string{e.WebhookURL}, APIKey: e.Key}
	}
	c.Redis.Address, c.Redis.Username, c.Redis.Password = e.Redis.Address, e.Redis.Username, e.Redis.Password
	c.Redis.DB, c.Redis.TLS = e.Redis.DB, &xtls.Config{Enabled: e.Redis.TLS}
	return c
}
