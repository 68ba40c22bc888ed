package media_test

import (
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
	samples "github.com/pion/webrtc/v4/pkg/media"

	"nests/internal/nest"
	"nests/internal/nesttest"
)

const soon = 10 * time.Second

func TestSpeakerIsHeardOnBothPaths(t *testing.T) {
	for name, join := range map[string]struct {
		url     func(*stage) string
		options []nesttest.BotOption
	}{
		"rtc":    {url: (*stage).url},
		"rtc v1": {url: (*stage).browser, options: []nesttest.BotOption{nesttest.WithSinglePeer()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			speaker, listener := newKey(), newKey()
			nesttest.Speaker(t, join.url(s), s.token(speaker, true), join.options...)
			ear := nesttest.Join(t, join.url(s), s.token(listener, false), join.options...)
			nesttest.Eventually(t, soon, ear.Hears(speaker))

			p, ok := s.person(speaker)
			if !ok || !p.Publish || !p.Regular || !p.Unmuted || p.Attributes["role"] != "member" || p.JoinedAt == 0 || p.SID == "" {
				t.Errorf("speaker is listed as %+v, %v", p, ok)
			}
			p, ok = s.person(listener)
			if !ok || p.Publish || !p.Regular || p.Unmuted || len(p.Attributes) != 0 {
				t.Errorf("listener is listed as %+v, %v", p, ok)
			}
		})
	}
}

func TestListenerPublishesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	listener, bot := s.listener()
	_, ear := s.listener()
	if err := bot.Speak(); err == nil {
		t.Error("LiveKit took a listener's microphone")
	}
	nesttest.Never(t, time.Second, ear.HearsNot(listener))
	if p, _ := s.person(listener); p.Publish || p.Unmuted {
		t.Errorf("listener is listed as %+v", p)
	}
}

func TestSpeakerHasAMicrophoneAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	speaker, bot := s.speaker()
	data := make(chan struct{}, 1)
	quiet := newKey()
	ear := nesttest.Join(t, s.url(), s.token(quiet, false))
	ear.Room.LocalParticipant.Callback.OnDataPacket = func(lksdk.DataPacket, lksdk.DataReceiveParams) { data <- struct{}{} }
	nesttest.Eventually(t, soon, ear.Hears(speaker))
	var attempts sync.WaitGroup // together: the SDK takes ten seconds to give up each
	for source, name := range map[livekit.TrackSource]string{
		livekit.TrackSource_CAMERA:             "a camera",
		livekit.TrackSource_SCREEN_SHARE_AUDIO: "a shared screen's sound",
	} {
		attempts.Go(func() {
			if err := bot.SpeakAs(source); err == nil {
				t.Errorf("LiveKit took %s", name)
			}
		})
	}
	attempts.Wait()
	_ = bot.Room.LocalParticipant.PublishDataPacket(lksdk.UserData([]byte("hello")), lksdk.WithDataPublishReliable(true))
	select {
	case <-data:
		t.Error("LiveKit passed data on")
	case <-time.After(time.Second):
	}
}

func TestGrantChangesWhileConnected(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	identity, bot := s.listener()
	_, ear := s.listener()
	ctx := t.Context()

	if err := s.client.SetGrant(ctx, s.room, identity, nest.Grant{Publish: true}, map[string]string{"role": "member", "hand": "1"}); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, soon, func() string {
		if err := bot.Speak(); err != nil {
			return err.Error()
		}
		return ""
	})
	nesttest.Eventually(t, soon, ear.Hears(identity))
	if p, _ := s.person(identity); !p.Regular || p.Attributes["hand"] != "1" {
		t.Errorf("promoted participant is listed as %+v", p)
	}

	if err := s.client.SetGrant(ctx, s.room, identity, nest.Grant{}, nil); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, soon, ear.HearsNot(identity))
	if err := bot.Speak(); err == nil {
		t.Error("LiveKit took a demoted speaker's microphone")
	}
	if p, _ := s.person(identity); p.Publish || !p.Regular || len(p.Attributes) != 0 {
		t.Errorf("demoted participant is listed as %+v", p)
	}
}

func TestMute(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	speaker, _ := s.speaker()
	_, ear := s.listener()
	nesttest.Eventually(t, soon, ear.Hears(speaker))
	for _, want := range []bool{true, false} {
		if muted, err := s.client.Mute(t.Context(), s.room, speaker); err != nil || muted != want {
			t.Fatalf("mute says %v, %v; want %v", muted, err, want)
		}
	}
	nesttest.Eventually(t, soon, ear.HearsNot(speaker))
	if p, _ := s.person(speaker); p.Unmuted || !p.Publish {
		t.Errorf("muted speaker is listed as %+v", p)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	speaker, bot := s.speaker()
	_, ear := s.listener()
	nesttest.Eventually(t, soon, ear.Hears(speaker))
	s.door.refuse(&nest.Error{Code: nest.CodeBanned, Message: "You are banned from this nest"})
	if err := s.client.Remove(t.Context(), s.room, speaker); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, bot)
	nesttest.Eventually(t, soon, ear.HearsNot(speaker))
	if _, there := s.person(speaker); there {
		t.Error("removed participant is still listed")
	}
}

func awaitGone(t *testing.T, bot *nesttest.Bot) {
	t.Helper()
	select {
	case <-bot.Gone():
	case <-time.After(soon):
		t.Fatal("bot is still inside")
	}
}

// A camera that calls itself a microphone gets past LiveKit's check of sources. It is seen, and a restated grant ends it.
func TestDisguisedVideoIsThrownOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	identity := newKey()
	bot := nesttest.Join(t, s.url(), s.token(identity, true))
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bot.Room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_MICROPHONE}); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, soon, func() string {
		_ = track.WriteSample(samples.Sample{Data: []byte{0x10, 0, 0, 0x9d, 1, 0x2a, 16, 0, 16, 0}, Duration: 20 * time.Millisecond}, nil)
		if p, _ := s.person(identity); p.Regular || !p.Publish {
			return "the video is not seen"
		}
		return ""
	})
	if err := s.client.SetGrant(t.Context(), s.room, identity, nest.Grant{Publish: true}, nil); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.person(identity); !p.Regular || !p.Publish {
		t.Errorf("after the restated grant: %+v", p)
	}
}
