package main

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"nests/internal/api"
	"nests/internal/front"
	"nests/internal/media"
	"nests/internal/metrics"
	"nests/web"
)

// wireHTTP makes the gate, the API and the handler of all requests.
func (a *app) wireHTTP() {
	tokens := media.Tokens{Key: a.cfg.LiveKitAPIKey, Secret: a.cfg.LiveKitAPISecret}
	a.webhooks = &media.Webhooks{
		Key:       a.cfg.LiveKitAPIKey,
		Secret:    a.cfg.LiveKitAPISecret,
		MarkSeen:  a.seenWebhook,
		RequestID: api.RequestID,
		OnEvent:   a.onWebhook,
		Log:       a.log,
		Now:       time.Now,
	}
	a.wireDiagnose(tokens)
	a.gate = &media.Gate{
		Client:    a.client,
		Tokens:    tokens,
		Admitter:  a.service,
		Log:       a.log,
		RequestID: api.RequestID,
		OnRefused: api.RecordRefusal,
		Address:   a.clientAddress,
		Blocked:   a.isBlockedAtGate,
	}
	a.api = &api.Server{
		Nests:        a.service,
		Joins:        a.service,
		Participants: a.service,
		Moderation:   a.service,
		Members:      a.service,
		Invites:      a.service,
		Pictures:     a.service,
		Operator:     a.service,
		Audit:        a.service,
		Keys:         a.service,
		Addresses:    a.blocks,
		Presence:     a.loop,
		DefaultQuota: a.service.Quota,
		Tokens:       tokens,
		Auth:         a.store,
		Sessions:     a.store,
		Parts: []api.Part{
			{Name: "store", Check: a.store.Ping},
			{Name: "media", Check: func(context.Context) error { return a.loop.CheckAvailable() }},
		},
		Config: api.PublicConfig{
			Version:         versionText(),
			Origins:         a.cfg.PublicOrigins(),
			Relay:           a.cfg.RelayURL(),
			Relays:          a.cfg.Relays,
			Pubkey:          a.serverPK,
			MaxParticipants: a.cfg.MaxParticipants,
			Create:          a.cfg.Create,
		},
		Log:            a.log,
		Now:            time.Now,
		TrustedProxies: a.cfg.TrustedProxies,
		RateLimits:     a.cfg.RateLimits,
		CookieSecret:   a.cfg.LiveKitAPISecret,
		Gate:           a.gate,
		Relay:          a.relay.Handler(),
		Web: web.Handler(web.Options{
			Origins:  a.cfg.PublicOrigins(),
			Relays:   a.cfg.Relays,
			Describe: a.linkPreview,
		}),
		Webhook:   a.webhooks,
		Diagnose:  a.diagnose,
		Overview:  a.store,
		OnRequest: a.countRequest,
	}
	a.handler = front.WithHSTS(a.api.Handler(), a.cfg.PublicURL())
	if a.metrics != nil {
		a.metrics.Handler = metrics.Handler(a.counters, a.metricsSources())
	}
}

// clientAddress is the address of the client, behind trusted proxies.
func (a *app) clientAddress(r *http.Request) netip.Addr { return a.api.ClientAddr(r) }

// onWebhook treats LiveKit's webhooks as hints: it counts joins and wakes the loop.
func (a *app) onWebhook(e media.Event) {
	a.countJoin(e)
	a.loop.Wake(e.Room)
}

// seenWebhook records a webhook's id and reports whether it was recorded before.
func (a *app) seenWebhook(ctx context.Context, id string) (bool, error) {
	fresh, err := a.store.SeenWebhook(ctx, id, time.Now().UnixMilli())
	return err == nil && !fresh, err // on an error the webhook counts as new, so that its hint is not lost
}
