package main

import (
	"nests/internal/media"
)

// wireMedia makes the client of LiveKit, and the embedded LiveKit unless an external one is configured.
func (a *app) wireMedia() error {
	address := a.cfg.LiveKitURL
	if address == "" {
		port, err := media.FreePort()
		if err != nil {
			return err
		}
		udp := a.cfg.MediaUDPPort
		if udp == 0 {
			if udp, err = freeUDPPort(); err != nil {
				return err
			}
		}
		redis, err := parseRedis(a.cfg.Redis)
		if err != nil {
			return err
		}
		a.livekit = &media.Embedded{
			HTTPPort:   port,
			UDPPort:    udp,
			TCPPort:    a.cfg.MediaTCPPort,
			NodeIP:     a.cfg.MediaIP,
			Loopback:   a.cfg.LoopbackOnly() && a.cfg.MediaIP == "",
			Key:        a.cfg.LiveKitAPIKey,
			Secret:     a.cfg.LiveKitAPISecret,
			Redis:      redis,
			WebhookURL: "http://" + dialAddr(a.cfg.HTTPAddr) + "/webhooks/livekit",
			Log:        a.log,
		}
		address = a.livekit.URL()
		if err := a.wireTURN(); err != nil {
			return err
		}
	}
	a.client = &media.Client{URL: address, Key: a.cfg.LiveKitAPIKey, Secret: a.cfg.LiveKitAPISecret}
	return nil
}
