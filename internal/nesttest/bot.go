package nesttest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// connectTimeout is livekit-client's limit for a peer connection. The Go SDK's 5 s are too short for fifty joins.
const connectTimeout = 15 * time.Second

// audible is the energy above which a participant counts as heard. The voice of a bot has about 0.15.
const audible = 0.02

// Bot is a real client. It joins over WebSocket, listens to everyone and can speak.
type Bot struct {
	Room *lksdk.Room

	mu     sync.Mutex
	ears   map[string]*ear // by identity
	reason string
	gone   chan struct{}
	stop   context.CancelFunc // ends the voice
}

// BotOption is an option of the SDK; see WithSinglePeer.
type BotOption = lksdk.ConnectOption

// WithSinglePeer joins as browsers do: one peer connection, and the offer inside the join request.
func WithSinglePeer() BotOption { return lksdk.WithSinglePeerConnection() }

var quiet = sync.OnceFunc(func() { lksdk.SetLogger(logger.GetDiscardLogger()) })

// Connect joins at a ws:// or wss:// base URL, the one without /rtc, and returns the SDK's error when it is refused.
func Connect(ctx context.Context, url, token string, options ...BotOption) (*Bot, error) {
	quiet()
	b := &Bot{ears: make(map[string]*ear), gone: make(chan struct{}), stop: func() {}}
	callback := &lksdk.RoomCallback{
		OnDisconnectedWithReason: b.disconnected,
		ParticipantCallback:      lksdk.ParticipantCallback{OnTrackSubscribed: b.subscribed},
	}
	b.Room = lksdk.NewRoom(callback)
	options = append([]BotOption{lksdk.WithConnectTimeout(connectTimeout)}, options...)
	options = append(options, lksdk.WithLogger(logger.GetDiscardLogger()))
	if err := b.Room.JoinWithContextAndToken(ctx, url, token, options...); err != nil {
		return nil, fmt.Errorf("bot join: %w", err)
	}
	return b, nil
}

// Join is Connect for tests: it fails the test when refused and leaves at its end.
func Join(t testing.TB, url, token string, options ...BotOption) *Bot {
	t.Helper()
	b, err := Connect(context.Background(), url, token, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Leave)
	return b
}

// Speaker joins and starts to speak.
func Speaker(t testing.TB, url, token string, options ...BotOption) *Bot {
	t.Helper()
	b := Join(t, url, token, options...)
	if err := b.Speak(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *Bot) disconnected(reason lksdk.DisconnectionReason) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reason == "" {
		b.reason = string(reason)
		close(b.gone)
	}
}

func (b *Bot) subscribed(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, from *lksdk.RemoteParticipant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.ears[from.Identity()]
	if e == nil {
		e = &ear{}
		b.ears[from.Identity()] = e
	}
	go e.listen(track) // ends with the track
}

// Speak publishes a microphone track and sends the voice until Hush or Leave. It fails when LiveKit refuses the
// track: the SDK waits ten seconds for an answer.
func (b *Bot) Speak() error { return b.SpeakAs(livekit.TrackSource_MICROPHONE) }

// SpeakAs publishes as another source.
func (b *Bot) SpeakAs(source livekit.TrackSource) error {
	frames, err := voice()
	if err != nil {
		return fmt.Errorf("bot voice: %w", err)
	}
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus,
		ClockRate: sampleRate, Channels: 2})
	if err != nil {
		return fmt.Errorf("bot track: %w", err)
	}
	_, err = b.Room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "voice", Source: source})
	if err != nil {
		return fmt.Errorf("bot publish: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	b.mu.Lock()
	b.stop()
	b.stop = stop
	b.mu.Unlock()
	go sendVoice(ctx, track, frames)
	return nil
}

func sendVoice(ctx context.Context, track *lksdk.LocalTrack, frames [][]byte) {
	tick := time.NewTicker(frameDuration)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// fails while unbound
			_ = track.WriteSample(media.Sample{Data: frames[i%len(frames)], Duration: frameDuration}, nil)
		}
	}
}

// Hush stops sending packets; the track stays published.
func (b *Bot) Hush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop()
}

// Energy returns the RMS of the sound of an identity in the last half second; full scale is 1.
func (b *Bot) Energy(identity string) float64 {
	b.mu.Lock()
	e := b.ears[identity]
	b.mu.Unlock()
	if e == nil {
		return 0
	}
	return e.energy()
}

// FirstHeard returns when the first packet of an identity was decoded; zero while there was none.
func (b *Bot) FirstHeard(identity string) time.Time {
	b.mu.Lock()
	e := b.ears[identity]
	b.mu.Unlock()
	if e == nil {
		return time.Time{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.first
}

// HearsFrom reports whether an identity is audible now.
func (b *Bot) HearsFrom(identity string) bool { return b.Energy(identity) > audible }

// Hears returns a function for Eventually that complains while an identity is not audible.
func (b *Bot) Hears(identity string) func() string {
	return func() string {
		if !b.HearsFrom(identity) {
			return fmt.Sprintf("%.8s is not heard: energy %.4f", identity, b.Energy(identity))
		}
		return ""
	}
}

// HearsNot returns a function for Eventually and Never that complains while an identity is audible.
func (b *Bot) HearsNot(identity string) func() string {
	return func() string {
		if b.HearsFrom(identity) {
			return fmt.Sprintf("%.8s is heard: energy %.4f", identity, b.Energy(identity))
		}
		return ""
	}
}

// CandidatePair returns type and protocol of the bot's candidate and of LiveKit's, such as "relay/udp host/udp";
// "" when there is no connection.
func (b *Bot) CandidatePair() string {
	for _, pc := range []*webrtc.PeerConnection{b.Room.LocalParticipant.GetSubscriberPeerConnection(),
		b.Room.LocalParticipant.GetPublisherPeerConnection()} {
		if pc == nil || pc.SCTP() == nil {
			continue
		}
		pair, err := pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
		if err == nil && pair != nil {
			return fmt.Sprintf("%v/%v %v/%v", pair.Local.Typ, pair.Local.Protocol, pair.Remote.Typ,
				pair.Remote.Protocol)
		}
	}
	return ""
}

// Gone is closed when the bot is disconnected for good: removed, or after it failed to reconnect.
func (b *Bot) Gone() <-chan struct{} { return b.gone }

// Reason returns the SDK's reason for the disconnect; "" while the bot is connected.
func (b *Bot) Reason() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason
}

// LoseSignalling drops the signalling connection, as a bad network does. The SDK then resumes the session.
func (b *Bot) LoseSignalling() { b.Room.Simulate(lksdk.SimulateSignalReconnect) }

// Leave disconnects. It can be called twice.
func (b *Bot) Leave() {
	b.Hush()
	b.Room.Disconnect()
}
