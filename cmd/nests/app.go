package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"nests/internal/api"
	"nests/internal/config"
	"nests/internal/diagnose"
	"nests/internal/front"
	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/picture"
	"nests/internal/reconcile"
	"nests/internal/relay"
	"nests/internal/store"
	"nests/web"
)

// app is the whole server: this file is the map of who knows whom. Nothing runs before Run.
type app struct {
	cfg      config.Config
	log      *slog.Logger
	out      io.Writer
	listener net.Listener
	front    *front.Front // nil when TLS is somebody else's

	metrics *metrics // nil when NESTS_METRICS_ADDR is empty
	figures *figures

	store    *store.DB
	livekit  *media.Embedded // nil when an external LiveKit is used
	client   *media.Client
	gate     *media.Gate
	service  *nest.Service
	blocks   *nest.BlockList
	loop     *reconcile.Loop
	meetings *reconcile.Announcer
	relay    *relay.Relay
	outbox   *relay.Outbox
	watcher  *relay.Watcher
	follows  *relay.Follows // nil unless NESTS_CREATE asks for it
	api      *api.Server
	webhooks *media.Webhooks
	diagnose *diagnose.Server
	handler  http.Handler
	serverPK string
}

// newApp takes the address, opens the store and wires every part. Whoever gets an app must Run it or Close it.
func newApp(ctx context.Context, cfg config.Config, log *slog.Logger, out io.Writer) (_ *app, err error) {
	log = slog.New(api.LogHandler(log.Handler()))
	a := &app{cfg: cfg, log: log, out: out, figures: newFigures()}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.listener, err = net.Listen("tcp", cfg.HTTPAddr); err != nil {
		return nil, fmt.Errorf("open NESTS_HTTP_ADDR %s: %w (is another server running there?)", cfg.HTTPAddr, err)
	}
	if a.front, err = listenFront(cfg, a.log); err != nil {
		return nil, err
	}
	if a.metrics, err = listenMetrics(cfg.MetricsAddr); err != nil {
		return nil, err
	}
	a.cfg.HTTPAddr = withPort(cfg.HTTPAddr, a.listener)
	if a.store, err = store.Open(ctx, storeConfig(cfg), a.log); err != nil {
		return nil, err
	}
	if err = a.store.Migrate(ctx); err != nil {
		return nil, err
	}
	if a.serverPK, err = nip.PublicKey(cfg.NostrKey); err != nil {
		return nil, err
	}
	if err = a.wireMedia(); err != nil {
		return nil, err
	}
	a.wireDomain()
	a.wireRelays()
	a.wireHTTP()
	if err = a.blocks.Load(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

func storeConfig(cfg config.Config) store.Config {
	return store.Config{Path: filepath.Join(cfg.DataDir, "nests.db"), Postgres: cfg.Postgres}
}

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
		redis, err := redisOf(a.cfg.Redis)
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
			WebhookURL: "http://" + a.loopback() + "/webhooks/livekit",
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

// wireDomain ties the service and the loop, which know each other only through what nest declares.
func (a *app) wireDomain() {
	a.loop = &reconcile.Loop{
		Store:        a.store,
		LiveKit:      a.client,
		Log:          a.log,
		Now:          time.Now,
		NewID:        uuid.NewString,
		Owner:        reconcile.Owner{Server: a.cfg.ServerID, Exclusive: a.livekit != nil || a.cfg.LiveKitExclusive},
		EmptyTimeout: a.cfg.EmptyTimeout,
		Ended:        a.figures.ended,
		Blocked:      func(identity string) bool { return a.service.Blocked(identity) != nil },
	}
	a.blocks = &nest.BlockList{Store: a.store, Now: time.Now, Log: a.log, Enforce: a.enforce}
	a.service = &nest.Service{
		Store:           a.store,
		Media:           a.client,
		Presence:        a.loop,
		Wake:            a.wake,
		Codec:           nip.Codec{PublicURLs: a.cfg.PublicOrigins(), OurRelay: a.cfg.RelayURL()},
		Pictures:        picture.New(),
		Log:             a.log.With("component", "api"),
		Now:             time.Now,
		NewID:           uuid.NewString,
		ServerID:        a.cfg.ServerID,
		OurRelay:        a.cfg.RelayURL(),
		DefaultRelays:   a.cfg.Relays,
		MaxParticipants: a.cfg.MaxParticipants,
		Operators:       a.cfg.Operators,
		MayCreate:       nest.CreateRule(a.cfg.Create),
		Blocks:          a.blocks,
		Server:          nip.Signer{Secret: a.cfg.NostrKey, Public: a.serverPK},
		Owed:            func() { a.outbox.Wake() },
	}
	if a.cfg.RateLimits {
		a.service.Quota = a.cfg.Quota
	}
	a.loop.Domain = a.service
	a.meetings = &reconcile.Announcer{Domain: a.service, Inhabited: a.loop.Inhabited, Log: a.log}
}

// wake tells whoever projects the store that a nest changed: LiveKit's loop, the meeting events and the outbox.
func (a *app) wake(id string) {
	a.loop.Wake(id)
	a.meetings.Wake(id)
	a.outbox.Wake()
}

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
		Answered:    a.figures.event,
		Stored:      a.storedEvent,
		Known: func(ctx context.Context, pubkey string) (bool, error) {
			if a.service.IsOperator(pubkey) || a.loop.Here(pubkey) {
				return true, nil
			}
			return a.store.KnownKey(ctx, pubkey)
		},
	})
	a.outbox = &relay.Outbox{Store: a.store, Dialer: dialer, Log: a.log, Now: time.Now}
	show := func(e nest.Event) { a.relay.Broadcast(context.Background(), e) }
	a.watcher = &relay.Watcher{
		Watched: a.loop.Watched,
		Spaces:  a.service,
		Dialer:  dialer,
		Ours:    a.cfg.RelayURL(),
		Log:     a.log,
		Now:     time.Now,
		Applied: show,
	}
	a.service.Show = a.relay.Broadcast
	if a.cfg.Create == config.CreateFollows {
		a.follows = &relay.Follows{
			Authors: a.cfg.Operators,
			Relays:  a.cfg.Relays,
			Store:   a.store,
			Dialer:  dialer,
			Take:    a.service.Followed,
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
		limits.KeyEvents, limits.AddressEvents, limits.Reports = relay.Rate{}, relay.Rate{}, relay.Rate{}
		limits.Requests, limits.AddressRequests = relay.Rate{}, relay.Rate{}
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

func (a *app) wireHTTP() {
	tokens := media.Tokens{Key: a.cfg.LiveKitAPIKey, Secret: a.cfg.LiveKitAPISecret}
	a.webhooks = &media.Webhooks{
		Key:       a.cfg.LiveKitAPIKey,
		Secret:    a.cfg.LiveKitAPISecret,
		Seen:      a.seenWebhook,
		RequestID: api.RequestID,
		OnEvent:   a.onWebhook,
		Log:       a.log,
		Now:       time.Now,
	}
	a.wireDiagnose(tokens)
	a.gate = &media.Gate{
		Client:     a.client,
		Tokens:     tokens,
		Doorkeeper: a.service,
		Log:        a.log,
		RequestID:  api.RequestID,
		Refused:    api.Refused,
		Address:    a.clientAddress,
		Blocked:    a.blockedAtGate,
	}
	a.api = &api.Server{
		Service:  a.service,
		Tokens:   tokens,
		Auth:     a.store,
		Sessions: a.store,
		Parts: []api.Part{
			{Name: "store", Check: a.store.Ping},
			{Name: "media", Check: func(context.Context) error { return a.loop.Answering() }},
		},
		Facts: api.Facts{
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
			Describe: a.card,
		}),
		Webhook:  a.webhooks,
		Diagnose: a.diagnose,
		Overview: a.store,
		Crowd:    a.loop.Crowd,
		Observe:  a.figures.answered,
	}
	a.handler = front.Secure(a.api.Handler(), a.cfg.PublicURL())
	if a.metrics != nil {
		a.metrics.figures = figuresHandler(a.figures, &gauges{Store: a.store, Loop: a.loop, Webhooks: a.webhooks.Last,
			Diagnose: a.diagnose.Whole, Disk: a.diagnose.Disk, Now: time.Now})
	}
}

// clientAddress is a visitor's own address, as the proxy settings tell it.
func (a *app) clientAddress(r *http.Request) netip.Addr { return a.api.ClientAddr(r) }

// onWebhook takes LiveKit's reports for hints.
func (a *app) onWebhook(e media.Event) {
	a.figures.reported(e)
	a.loop.Wake(e.Room)
}

// seenWebhook turns the store's «this is fresh» into the question that media asks.
func (a *app) seenWebhook(ctx context.Context, id string) (bool, error) {
	fresh, err := a.store.SeenWebhook(ctx, id, time.Now().UnixMilli())
	return err == nil && !fresh, err // not knowing is no reason to leave a hint out
}

// Close gives back what newApp took.
func (a *app) Close() error {
	var err error
	if a.listener != nil {
		err = a.listener.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	if a.front != nil {
		a.front.Close()
	}
	if a.metrics != nil {
		a.metrics.listener.Close()
	}
	if a.livekit != nil && a.livekit.TURN != nil && a.livekit.TURN.Listener != nil {
		a.livekit.TURN.Listener.Close()
	}
	if a.store != nil {
		err = errors.Join(err, a.store.Close())
	}
	return err
}
