package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"nests/internal/config"
	"nests/internal/nest"
	"nests/internal/ratelimit"
	"nests/internal/relay"
)

// wireRelays makes our relay and the two parts that deal with others'. What any of them stores, our relay shows.
func (a *app) wireRelays() {
	dialer := relay.Dialer{AllowPrivate: a.cfg.LoopbackOnly()}
	a.relay = relay.New(relay.Config{
		URL:         a.cfg.RelayURL(),
		Aliases:     relayAliases(a.cfg.PublicOrigins()),
		Name:        "Nests",
		Description: "The relay of a Nests server: live audio rooms.",
		Pubkey:      a.serverPK,
		Version:     versionText(),
		Limits:      a.relayLimits(),
		Store:       a.store,
		Spaces:      a.service,
		Codec:       a.service.Codec,
		Log:         a.log,
		Now:         time.Now,
		ClientIP:    func(r *http.Request) string { return a.api.ClientIP(r) },
		Address:     a.clientAddress,
		Blocked:     a.blocked,
		OnAnswered:  a.counters.CountRelayEvent,
		OnStored:    a.storedEvent,
		Known: func(ctx context.Context, pubkey string) (bool, error) {
			if a.service.IsOperator(pubkey) || a.loop.IsConnected(pubkey) {
				return true, nil
			}
			return a.store.KnownKey(ctx, pubkey)
		},
	})
	a.outbox = &relay.Outbox{Store: a.store, Dialer: dialer, Log: a.log, Now: time.Now}
	show := func(e nest.Event) { a.relay.Broadcast(context.Background(), e) }
	a.watcher = &relay.Watcher{
		Watched:   a.loop.WatchedNests,
		Spaces:    a.service,
		Dialer:    dialer,
		OwnRelay:  a.cfg.RelayURL(),
		Log:       a.log,
		Now:       time.Now,
		OnApplied: show,
	}
	a.service.Show = a.relay.Broadcast
	if a.cfg.Create == config.CreateFollows {
		a.follows = &relay.Follows{
			Authors: a.cfg.Operators,
			Relays:  a.cfg.Relays,
			Store:   a.store,
			Dialer:  dialer,
			Apply:   a.service.Followed,
			Log:     a.log,
		}
	}
}

// storedEvent hears what our relay took: a follow list of an operator counts at once.
func (a *app) storedEvent(e nest.Event) {
	if e.Kind != nest.KindFollows || a.follows == nil {
		return
	}
	if _, err := a.service.Followed(context.Background(), e); err != nil {
		a.log.Warn("follow list not taken", "component", "relay", "err", err) // the next look takes it
	}
}

// relayLimits are without rates when the operator switched them off; sizes and counts stay bounded.
func (a *app) relayLimits() relay.Limits {
	limits := relay.DefaultLimits()
	if !a.cfg.RateLimits {
		limits.KeyEvents, limits.AddressEvents, limits.Reports = ratelimit.Rate{}, ratelimit.Rate{}, ratelimit.Rate{}
		limits.Requests, limits.AddressRequests = ratelimit.Rate{}, ratelimit.Rate{}
	}
	return limits
}

// relayAliases are the WebSocket URLs under which clients reach our relay.
func relayAliases(origins []string) []string {
	var urls []string
	for _, origin := range origins {
		ws := "ws" + strings.TrimPrefix(origin, "http")
		urls = append(urls, ws+"/relay", ws+"/", ws)
	}
	return urls
}
