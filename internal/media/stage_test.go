package media_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// door is a Doorkeeper whose answers a test sets. A room it was not told about is unknown.
type door struct {
	mu      sync.Mutex
	grants  map[string]nest.Grant // by identity
	refusal error
	room    nest.Room
	entered []string
}

func (d *door) Admit(_ context.Context, room, identity string) (nest.Admission, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refusal != nil {
		return nest.Admission{}, d.refusal
	}
	if room != d.room.Name {
		return nest.Admission{}, nest.ErrNotFound
	}
	pass := nest.Admission{Identity: identity, Grant: d.grants[identity], Room: d.room}
	if pass.Grant.Publish {
		pass.Attributes = map[string]string{"role": "member"}
	}
	return pass, nil
}

func (d *door) RecordRoom(_ context.Context, _, sid string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entered = append(d.entered, sid)
	return nil
}

func (d *door) grant(identity string, publish bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grants[identity] = nest.Grant{Publish: publish}
}

func (d *door) refuse(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refusal = err
}

// stage is one room behind one gate.
type stage struct {
	t      *testing.T
	room   string
	door   *door
	client *media.Client
	tokens media.Tokens
	gate   *media.Gate
	log    *record
	server *httptest.Server
}

func newStage(t *testing.T) *stage { return newStageAt(t, embedded.URL()) }

func newStageAt(t *testing.T, livekit string) *stage {
	s := &stage{t: t, room: newID(), log: &record{},
		client: &media.Client{URL: livekit, Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret},
		tokens: media.Tokens{Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret}}
	s.door = &door{grants: make(map[string]nest.Grant), room: nest.Room{Name: s.room, Metadata: `{"server":"test"}`, MaxParticipants: 50}}
	s.gate = &media.Gate{Client: s.client, Tokens: s.tokens, Admitter: s.door, Log: s.log.logger(),
		RequestID: func(context.Context) string { return "request-1" }}
	mux := http.NewServeMux()
	mux.Handle("/", s.gate)
	mux.Handle("/browser/rtc", asBrowser(s.gate))
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.gate.CloseSockets()
		s.server.Close()
		if secrets := s.log.secrets(); len(secrets) > 0 {
			t.Errorf("the gate's log carries secrets: %q", secrets)
		}
	})
	return s
}

// asBrowser sends a join request, which the Go SDK posts to /rtc, to the path where browsers send theirs.
func asBrowser(gate http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/livekit/rtc/v1"
		gate.ServeHTTP(w, r)
	})
}

func (s *stage) url() string     { return "ws" + strings.TrimPrefix(s.server.URL, "http") }
func (s *stage) browser() string { return s.url() + "/browser" }

// token is what a door of the API hands out: at the moment the identity may publish, or not.
func (s *stage) token(identity string, publish bool) string {
	s.t.Helper()
	s.door.grant(identity, publish)
	token, err := s.tokens.Mint(nest.Admission{Identity: identity, Grant: nest.Grant{Publish: publish}, Room: nest.Room{Name: s.room}}, time.Minute)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func (s *stage) speaker() (string, *nesttest.Bot) {
	s.t.Helper()
	identity := newKey()
	return identity, nesttest.Speaker(s.t, s.url(), s.token(identity, true))
}

func (s *stage) listener() (string, *nesttest.Bot) {
	s.t.Helper()
	identity := newKey()
	return identity, nesttest.Join(s.t, s.url(), s.token(identity, false))
}

// person is one participant as LiveKit lists it; false when it is not there.
func (s *stage) person(identity string) (nest.Participant, bool) {
	s.t.Helper()
	people, err := s.client.Participants(s.t.Context(), s.room)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range people {
		if p.Identity == identity {
			return p, true
		}
	}
	return nest.Participant{}, false
}

// otherSecret signs tokens that LiveKit and the gate must not accept.
const otherSecret = "another-secret-of-at-least-32-characters"

var jwtInText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}|access_token=`)

func (r *record) secrets() []string {
	text := r.String()
	found := jwtInText.FindAllString(text, -1)
	if strings.Contains(text, nesttest.LiveKitSecret) {
		found = append(found, "API secret")
	}
	return found
}

func newKey() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func newID() string {
	k := newKey()
	return fmt.Sprintf("%s-%s-%s-%s-%s", k[:8], k[8:12], k[12:16], k[16:20], k[20:32])
}
