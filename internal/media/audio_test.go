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

const timeout = 10 * time.Second

func TestSpeakerIsHeardOnBothSignallingPaths(t *testing.T) {
	for name, join := range map[string]struct {
		url     func(*rig) string
		options []nesttest.BotOption
	}{
		"rtc":    {url: (*rig).url},
		"rtc v1": {url: (*rig).singlePeerURL, options: []nesttest.BotOption{nesttest.WithSinglePeer()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRig(t)
			speaker, listener := newKey(), newKey()
			nesttest.Speaker(t, join.url(s), s.token(speaker, true), join.options...)
			listenerBot := nesttest.Join(t, join.url(s), s.token(listener, false), join.options...)
			nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))

			p, ok := s.participant(speaker)
			if !ok || !p.Publish || !p.Regular || !p.Unmuted || p.Attributes[nest.AttributeRole] != "member" ||
				p.JoinedAt == 0 || p.SID == "" {
				t.Errorf("speaker is listed as %+v, %v", p, ok)
			}
			p, ok = s.participant(listener)
			if !ok || p.Publish || !p.Regular || p.Unmuted || len(p.Attributes) != 0 {
				t.Errorf("listener is listed as %+v, %v", p, ok)
			}
		})
	}
}

func TestListenerCannotPublish(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	listener, bot := s.listener()
	_, listenerBot := s.listener()
	if err := bot.Speak(); err == nil {
		t.Error("LiveKit accepted a listener's microphone")
	}
	nesttest.Never(t, time.Second, listenerBot.HearsNot(listener))
	if p, _ := s.participant(listener); p.Publish || p.Unmuted {
		t.Errorf("listener is listed as %+v", p)
	}
}

func TestSpeakerCanPublishOnlyAMicrophone(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	speaker, bot := s.speaker()
	data := make(chan struct{}, 1)
	listenerBot := nesttest.Join(t, s.url(), s.token(newKey(), false))
	onData := func(lksdk.DataPacket, lksdk.DataReceiveParams) { data <- struct{}{} }
	listenerBot.Room.LocalParticipant.Callback.OnDataPacket = onData
	nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
	var attempts sync.WaitGroup // concurrent, because the SDK gives up each only after ten seconds
	for source, name := range map[livekit.TrackSource]string{
		livekit.TrackSource_CAMERA:             "a camera",
		livekit.TrackSource_SCREEN_SHARE_AUDIO: "a shared screen's sound",
	} {
		attempts.Go(func() {
			if err := bot.SpeakAs(source); err == nil {
				t.Errorf("LiveKit accepted %s", name)
			}
		})
	}
	attempts.Wait()
	packet, reliable := lksdk.UserData([]byte("hello")), lksdk.WithDataPublishReliable(true)
	_ = bot.Room.LocalParticipant.PublishDataPacket(packet, reliable)
	select {
	case <-data:
		t.Error("LiveKit forwarded a data packet")
	case <-time.After(time.Second):
	}
}

func TestSetGrantWhileConnected(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	identity, bot := s.listener()
	_, listenerBot := s.listener()
	ctx := t.Context()

	attributes := map[string]string{nest.AttributeRole: "member", nest.AttributeHand: "1"}
	if err := s.client.SetGrant(ctx, s.room, identity, nest.Grant{Publish: true}, attributes); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, timeout, func() string {
		if err := bot.Speak(); err != nil {
			return err.Error()
		}
		return ""
	})
	nesttest.Eventually(t, timeout, listenerBot.Hears(identity))
	if p, _ := s.participant(identity); !p.Regular || p.Attributes[nest.AttributeHand] != "1" {
		t.Errorf("promoted participant is listed as %+v", p)
	}

	if err := s.client.SetGrant(ctx, s.room, identity, nest.Grant{}, nil); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, timeout, listenerBot.HearsNot(identity))
	if err := bot.Speak(); err == nil {
		t.Error("LiveKit accepted a demoted speaker's microphone")
	}
	if p, _ := s.participant(identity); p.Publish || !p.Regular || len(p.Attributes) != 0 {
		t.Errorf("demoted participant is listed as %+v", p)
	}
}

func TestMute(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	speaker, _ := s.speaker()
	_, listenerBot := s.listener()
	nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
	for _, want := range []bool{true, false} {
		if muted, err := s.client.Mute(t.Context(), s.room, speaker); err != nil || muted != want {
			t.Fatalf("mute returned %v, %v; want %v", muted, err, want)
		}
	}
	nesttest.Eventually(t, timeout, listenerBot.HearsNot(speaker))
	if p, _ := s.participant(speaker); p.Unmuted || !p.Publish {
		t.Errorf("muted speaker is listed as %+v", p)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	speaker, bot := s.speaker()
	_, listenerBot := s.listener()
	nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
	s.admitter.refuse(&nest.Error{Code: nest.CodeBanned, Message: "You are banned from this nest"})
	if err := s.client.Remove(t.Context(), s.room, speaker); err != nil {
		t.Fatal(err)
	}
	awaitDisconnect(t, bot)
	nesttest.Eventually(t, timeout, listenerBot.HearsNot(speaker))
	if _, exists := s.participant(speaker); exists {
		t.Error("removed participant is still listed")
	}
}

func awaitDisconnect(t *testing.T, bot *nesttest.Bot) {
	t.Helper()
	select {
	case <-bot.Gone():
	case <-time.After(timeout):
		t.Fatal("the bot is still connected")
	}
}

// LiveKit accepts a camera whose source is "microphone". Participants reports it, and SetGrant ends it.
func TestSetGrantEndsDisguisedVideo(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	identity := newKey()
	bot := nesttest.Join(t, s.url(), s.token(identity, true))
	track, err := lksdk.NewLocalSampleTrack(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000})
	if err != nil {
		t.Fatal(err)
	}
	disguised := &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_MICROPHONE}
	if _, err := bot.Room.LocalParticipant.PublishTrack(track, disguised); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, timeout, func() string {
		keyFrame := []byte{0x10, 0, 0, 0x9d, 1, 0x2a, 16, 0, 16, 0}
		_ = track.WriteSample(samples.Sample{Data: keyFrame, Duration: 20 * time.Millisecond}, nil)
		if p, _ := s.participant(identity); p.Regular || !p.Publish {
			return "the video is not reported"
		}
		return ""
	})
	if err := s.client.SetGrant(t.Context(), s.room, identity, nest.Grant{Publish: true}, nil); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.participant(identity); !p.Regular || !p.Publish {
		t.Errorf("after SetGrant: %+v", p)
	}
}
