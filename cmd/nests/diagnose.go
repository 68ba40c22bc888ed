package main

import (
	"context"
	"net/http"
	"syscall"
	"time"

	"github.com/google/uuid"

	"nests/internal/diagnose"
	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/relay"
	"nests/internal/store"
)

// wireDiagnose lets the diagnosis read every part. It can change none of them.
func (a *app) wireDiagnose(tokens media.Tokens) {
	dialer := relay.Dialer{AllowPrivate: a.cfg.LoopbackOnly()}
	a.diagnose = &diagnose.Server{
		Store:           store.NewView(a.store, func(tx nest.Tx) diagnose.Tx { return tx }),
		Loop:            a.loop,
		Codec:           a.service.Codec,
		Version:         versionText(),
		MaxParticipants: a.cfg.MaxParticipants,
		Now:             time.Now,
		Started:         time.Now(),
		LiveKit:         livekitProbe(a.client.URL, tokens),
		Webhooks:        a.webhooks.Last,
		Disk:            func() (free, total uint64, err error) { return diskOf(a.cfg.DataDir) },
		Addresses: diagnose.Addresses{
			Public:   a.cfg.PublicURL(),
			Loopback: "http://" + dialAddr(a.cfg.HTTPAddr),
			Relay:    "ws://" + dialAddr(a.cfg.HTTPAddr) + "/relay",
			Pubkey:   a.serverPK,
			Private:  a.cfg.LoopbackOnly(),
		},
		HTTP:         &http.Client{},
		TLSEndpoints: a.tlsEndpoints(),
		RenewalError: a.renewalError(),
		FetchEvents: func(ctx context.Context, url string, f nest.EventFilter) ([]nest.Event, error) {
			return dialer.Fetch(ctx, url, f)
		},
		MediaAddress: func() string {
			if a.livekit == nil {
				return ""
			}
			return a.livekit.Address()
		},
		MediaTCPPort: a.cfg.MediaTCPPort,
		ExtraProbes:  []diagnose.Probe{a.turnProbe()},
	}
}

// tlsEndpoints are the endpoints of all public URLs, and of TURN if this server terminates its TLS.
func (a *app) tlsEndpoints() []diagnose.TLSEndpoint {
	own := ""
	if a.front != nil {
		own = dialAddr(a.front.Addr().String())
	}
	var all []diagnose.TLSEndpoint
	for _, origin := range a.cfg.PublicOrigins() {
		all = append(all, diagnose.TLSEndpointsOf(origin, own)...)
	}
	if own != "" && a.cfg.TURNDomain != "" {
		all = append(all, diagnose.TLSEndpointsOf("https://"+a.cfg.TURNDomain, own)...)
	}
	return all
}

func (a *app) renewalError() func() error {
	if a.front == nil {
		return nil
	}
	return a.front.Certificates.Err
}

// livekitProbe checks LiveKit with a token for a room that does not exist.
func livekitProbe(url string, tokens media.Tokens) diagnose.LiveKit {
	return diagnose.LiveKit{URL: url, Token: func() (string, error) {
		name := nest.TestRoomPrefix + uuid.NewString()
		return tokens.Mint(nest.Admission{Identity: name, Room: nest.Room{Name: name}}, time.Minute)
	}}
}

// diskOf returns the bytes that this user may still use on the disk of a folder, and the size of that disk.
func diskOf(folder string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// selfTest diagnoses the server once after its start, and logs each cause that it finds in a line of its own.
func (a *app) selfTest(ctx context.Context) error {
	report := a.diagnose.Report(ctx)
	if ctx.Err() != nil {
		return nil
	}
	log := component(a.log, "api")
	if report.Verdict.Code == diagnose.Healthy {
		log.InfoContext(ctx, "self-test passed", "checks", len(report.Checks))
		return nil
	}
	logged := map[diagnose.Code]bool{}
	warn := func(v diagnose.Verdict) {
		if !logged[v.Code] {
			log.WarnContext(ctx, "self-test found a problem",
				"code", v.Code, "side", v.Side, "cause", v.Cause, "hint", v.Hint)
		}
		logged[v.Code] = true
	}
	warn(report.Verdict)
	for _, c := range report.Checks {
		if c.Code != "" && c.Status != diagnose.OK && c.Status != diagnose.Skipped {
			warn(diagnose.Conclude([]diagnose.Check{c}))
		}
	}
	return nil
}
