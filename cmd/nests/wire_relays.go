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
	"nests/internal/store"
)

// wireRelays makes the embedded relay and the parts that use outside relays: outbox, watcher and follow lists.
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
		Store:       store.NewView(a.store, func(tx nest.Tx) relay.Tx { return tx }),
		Domain:      a.service,
		Codec:       a.service.Codec,
		Log:         a.log,
		Now:         time.Now,
		ClientIP:    func(r *http.Request) string { return a.api.ClientIP(r) },
		Address:     a.clientAddress,
		Blocked:     a.isBlocked,
		OnAnswered:  a.counters.CountRelayEvent,
		Known: func(ctx context.Context, pubkey string) (bool, error) {
			if a.service.IsOperator(pubkey) || a.loop.IsConnected(pubkey) {
				return true, nil
			}
			return a.store.IsMember(ctx, pubkey)
		},
	})
	a.outbox = &relay.Outbox{Store: a.store, Dialer: dialer, Log: a.log, Now: time.Now}
	a.watcher = &relay.Watcher{
		Watched:  a.loop.WatchedNests,
		Receiver: a.service,
		Dialer:   dialer,
		OwnRelay: a.cfg.RelayURL(),
		Log:      a.log,
		Now:      time.Now,
	}
	a.service.Broadcast = a.relay.Broadcast
	if a.cfg.Create == config.CreateFollows {
		a.follows = &relay.Follows{
			Authors: a.cfg.Operators,
			Relays:  a.cfg.Relays,
			Store:   a.store,
			Dialer:  dialer,
			Apply:   a.service.ApplyFollowList,
			Log:     a.log,
		}
	}
}

// relayLimits has no rate limits if the operator turned them off. Limits of sizes and counts remain.
func (a *app) relayLimits() relay.Limits {
	limits := relay.DefaultLimits()
	if !a.cfg.RateLimits {
		limits.KeyEvents, limits.AddressEvents, limits.Reports = ratelimit.Rate{}, ratelimit.Rate{}, ratelimit.Rate{}
		limits.Requests, limits.AddressRequests = ratelimit.Rate{}, ratelimit.Rate{}
	}
	return limits
}

// relayAliases are the WebSocket URLs under which clients reach the embedded relay.
func relayAliases(origins []string) []string {
	var urls []string
	for _, origin := range origins {
		ws := "ws" + strings.TrimPrefix(origin, "http")
		urls = append(urls, ws+"/relay", ws+"/", ws)
	}
	return urls
}
