package media

import (
	"fmt"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/protocol/webhook"
	"github.com/livekit/protocol/xtls"
	"go.yaml.in/yaml/v3"
)

const (
	emptyTimeout     = 60 // seconds; how long a room waits for its first participant, for whom the gate created it
	departureTimeout = 20 // seconds; how long a room outlives its last participant
)

// unusedSTUN is the address of a STUN server that does not exist: the standard port (RFC 8489) on the client's own
// machine. It must not be the media port, because libwebrtc takes every packet from a STUN server's address for a
// STUN answer, and no media would arrive. It must not be a port that Firefox blocks either, such as 9 (discard), or
// Firefox would not connect at all.
const unusedSTUN = "127.0.0.1:3478"

// Redis is the server that connects the LiveKit nodes of one cluster.
type Redis struct {
	Address  string // host:port; "": no cluster
	Username string
	Password string
	DB       int
	TLS      bool
}

// config builds LiveKit's configuration with LiveKit's parser, which adds the defaults and validates.
//
// When no STUN server is configured, LiveKit sends every client to those of Google and Twilio, which then learn who
// listens. Clients need none when the server's address is known, but the list must not be empty. When LiveKit
// detects the address, Run decides after that.
func (e *Embedded) config() (*config.Config, error) {
	text, err := yaml.Marshal(e.settings())
	if err != nil {
		return nil, fmt.Errorf("write livekit config: %w", err)
	}
	conf, err := config.NewConfig(string(text), true, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("check livekit config: %w", err)
	}
	// LiveKit's YAML omits false and 0, so these are set after parsing.
	conf.Room.AutoCreate = false
	conf.Room.EnableRemoteUnmute = false
	conf.Room.EnabledCodecs = codecs()
	conf.RTC.TCPPort = uint32(e.TCPPort)
	conf.EnableDataTracks = false
	switch {
	case e.TURN != nil: // TURN servers also answer STUN
		e.TURN.advertise(conf, turnSecret(e.Secret))
	case e.Loopback || e.NodeIP != "":
		conf.RTC.STUNServers = []string{unusedSTUN}
	}
	return conf, conf.ValidateKeys()
}

// codecs are the codecs that a room allows. No one may publish video, but one video codec must be enabled: clients
// with a single peer connection (/rtc/v1) offer video sections. When those are rejected, livekit-client 2.23 fails
// to negotiate ("Transceiver not found based on m-line index"), and the Go SDK cannot publish its track.
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
	// Participant lists come from the memory of the room's node, and not from the store, which lags behind.
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
