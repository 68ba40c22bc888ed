package main

import (
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/picture"
	"nests/internal/reconcile"
	"nests/internal/store"
)

// wireDomain connects the service and the loop. They use each other only through interfaces of package nest.
func (a *app) wireDomain() {
	a.loop = &reconcile.Loop{
		Store:   store.NewView(a.store, func(tx nest.Tx) reconcile.Tx { return tx }),
		LiveKit: a.client,
		Log:     a.log,
		Now:     time.Now,
		NewID:   uuid.NewString,
		Owner: reconcile.Owner{
			Server:    a.cfg.ServerID,
			Exclusive: a.livekit != nil || a.cfg.LiveKitExclusive,
		},
		EmptyTimeout:      a.cfg.EmptyTimeout,
		OnDivergenceEnded: a.countDrift,
		Blocked:           func(identity string) bool { return a.service.CheckBlocked(identity) != nil },
	}
	a.blocks = &nest.BlockList{
		Store:      a.store,
		Now:        time.Now,
		Log:        a.log,
		IsOperator: func(pubkey string) bool { return a.service.IsOperator(pubkey) },
	}
	a.service = &nest.Service{
		Store:           a.store,
		Media:           a.client,
		Presence:        a.loop,
		Wake:            a.wake,
		Codec:           nip.Codec{PublicURLs: a.cfg.PublicOrigins(), OwnRelay: a.cfg.RelayURL()},
		Pictures:        picture.New(),
		Log:             a.log.With("component", "api"),
		Now:             time.Now,
		NewID:           uuid.NewString,
		ServerID:        a.cfg.ServerID,
		OwnRelay:        a.cfg.RelayURL(),
		DefaultRelays:   a.cfg.Relays,
		MaxParticipants: a.cfg.MaxParticipants,
		Operators:       a.cfg.Operators,
		CreateRule:      nest.CreateRule(a.cfg.Create),
		Blocks:          a.blocks,
		Signer:          nip.Signer{Secret: a.cfg.NostrKey, Public: a.serverPK},
		WakeOutbox:      func() { a.outbox.Wake() },
	}
	if a.cfg.RateLimits {
		a.service.Quota = a.cfg.Quota
	}
	a.loop.Domain = a.service
	a.meetings = &reconcile.Announcer{Domain: a.service, OccupiedNests: a.loop.OccupiedNests, Log: a.log}
}

// wake notifies the projections of the store that a nest changed: the loop, the meeting events and the outbox.
func (a *app) wake(id string) {
	a.loop.Wake(id)
	a.meetings.Wake(id)
	a.outbox.Wake()
}
