package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/encoding/protojson"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// webhookRig is Webhooks that keeps the events it reports.
type webhookRig struct {
	*media.Webhooks
	log    *logOutput
	mu     sync.Mutex
	ids    map[string]bool
	events []media.Event
	fail   error
}

func newWebhookRig() *webhookRig {
	h := &webhookRig{log: &logOutput{}, ids: make(map[string]bool)}
	h.Webhooks = &media.Webhooks{
		Key:    nesttest.LiveKitKey,
		Secret: nesttest.LiveKitSecret,
		Now:    time.Now,
		Log:    h.log.logger(),
		MarkSeen: func(_ context.Context, id string) (bool, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			seen := h.ids[id]
			h.ids[id] = true
			return seen, h.fail
		},
		OnEvent: func(e media.Event) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e)
		},
	}
	return h
}

func (h *webhookRig) received() []media.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]media.Event(nil), h.events...)
}

func (h *webhookRig) post(t *testing.T, secret string, signed, sent []byte) int {
	t.Helper()
	sum := sha256.Sum256(signed)
	token, err := auth.NewAccessToken(nesttest.LiveKitKey, secret).
		SetSha256(base64.StdEncoding.EncodeToString(sum[:])).SetValidFor(time.Minute).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/webhooks/livekit", bytes.NewReader(sent))
	req.Header.Set("Authorization", token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code
}

func event(t *testing.T, id string, at time.Time) []byte {
	t.Helper()
	body, err := protojson.Marshal(&livekit.WebhookEvent{
		Id:          id,
		Event:       "participant_joined",
		CreatedAt:   at.Unix(),
		Room:        &livekit.Room{Name: "room", Sid: "RM_1"},
		Participant: &livekit.ParticipantInfo{Identity: "guest-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := event(t, "EV_1", now)
	for name, tt := range map[string]struct {
		secret string
		signed []byte
		sent   []byte
		status int
		events int
	}{
		"authentic":    {sent: good, status: 200, events: 1},
		"another key":  {secret: otherSecret, sent: good, status: 401},
		"another body": {signed: good, sent: event(t, "EV_2", now), status: 401},
		"old":          {sent: event(t, "EV_3", now.Add(-11*time.Minute)), status: 200},
		"malformed":    {sent: []byte(`{"event":7`), status: 200},
		"of a newer LiveKit": {
			sent:   []byte(`{"id":"x","event":"new_kind","new_field":1,"createdAt":"99999999999"}`),
			status: 200,
			events: 1,
		},
		"too large": {sent: bytes.Repeat([]byte(" "), 65<<10), status: 413},
		"empty":     {sent: []byte("{}"), status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newWebhookRig()
			if tt.secret == "" {
				tt.secret = nesttest.LiveKitSecret
			}
			if tt.signed == nil {
				tt.signed = tt.sent
			}
			status := h.post(t, tt.secret, tt.signed, tt.sent)
			if status != tt.status || len(h.received()) != tt.events {
				t.Errorf("status %d, events %v; log %s", status, h.received(), h.log)
			}
			if secrets := h.log.secrets(); len(secrets) > 0 {
				t.Errorf("log: %q", secrets)
			}
		})
	}
}

func TestWebhookIsReportedOnceAndWithoutTheStore(t *testing.T) {
	t.Parallel()
	h := newWebhookRig()
	body := event(t, "EV_1", time.Now())
	for range 3 {
		h.post(t, nesttest.LiveKitSecret, body, body)
	}
	got := h.received()
	if len(got) != 1 || got[0].Room != "room" || got[0].RoomSID != "RM_1" || got[0].Identity != "guest-1" ||
		got[0].Kind != "participant_joined" {
		t.Errorf("events: %v", got)
	}
	h.fail = errors.New("disk")
	body = event(t, "EV_2", time.Now())
	if status := h.post(t, nesttest.LiveKitSecret, body, body); status != 200 || len(h.received()) != 2 {
		t.Errorf("without the store: %d, %v", status, h.received())
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/webhooks/livekit", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

// LiveKit itself sends webhooks when a participant joins and leaves.
func TestWebhooksOfLiveKit(t *testing.T) {
	t.Parallel()
	h := newWebhookRig()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	livekit := nesttest.StartLiveKit(t, nesttest.WithWebhooks(server.URL))
	s := newRigAt(t, livekit.URL())
	identity := newKey()
	bot := nesttest.Join(t, s.url(), s.token(identity, false))
	reported := func(kind string) func() string {
		return func() string {
			for _, e := range h.received() {
				if e.Kind == kind && e.Room == s.room && e.Identity == identity &&
					strings.HasPrefix(e.RoomSID, "RM_") && e.At > 0 {
					return ""
				}
			}
			return "no " + kind + " yet"
		}
	}
	nesttest.Eventually(t, timeout, reported("participant_joined"))
	bot.Leave()
	nesttest.Eventually(t, timeout, reported("participant_left"))
	log := h.log.String()
	if !strings.Contains(log, `"participant joined"`) || !strings.Contains(log, `"participant left"`) ||
		strings.Contains(log, identity) {
		t.Errorf("log: %s", log)
	}
}

// An external LiveKit is killed and restarts without rooms. The gate creates the room again, and clients reconnect.
func TestExternalLiveKitRestarts(t *testing.T) {
	t.Parallel()
	livekit := nesttest.StartLiveKit(t)
	s := newRigAt(t, strings.Replace(livekit.URL(), "http", "ws", 1))
	speaker, _ := s.speaker()
	_, listenerBot := s.listener()
	nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
	livekit.Kill(t)
	if _, err := s.client.Rooms(t.Context()); nest.CodeOf(err) != nest.CodeMediaUnavailable || isKeyRefusal(err) {
		t.Errorf("list rooms while LiveKit is down: %v", err)
	}
	if a := s.request("GET", "/rtc/validate?access_token="+s.token(newKey(), false), nil); a.status != 503 {
		t.Errorf("gate while LiveKit is down: %d %s", a.status, a.text)
	}
	livekit.Start(t)
	nesttest.Eventually(t, 40*time.Second, listenerBot.Hears(speaker))
}
