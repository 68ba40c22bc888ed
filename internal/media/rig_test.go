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

// fakeAdmitter is an Admitter whose answers a test sets. It knows one room.
type fakeAdmitter struct {
	mu       sync.Mutex
	grants   map[string]nest.Grant // by identity
	refusal  error
	room     nest.Room
	recorded []string // SIDs
}

func (f *fakeAdmitter) Admit(_ context.Context, room, identity string) (nest.Admission, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refusal != nil {
		return nest.Admission{}, f.refusal
	}
	if room != f.room.Name {
		return nest.Admission{}, nest.ErrNotFound
	}
	admission := nest.Admission{Identity: identity, Grant: f.grants[identity], Room: f.room}
	if admission.Grant.Publish {
		admission.Attributes = map[string]string{nest.AttributeRole: "member"}
	}
	return admission, nil
}

func (f *fakeAdmitter) RecordRoom(_ context.Context, _, sid string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorded = append(f.recorded, sid)
	return nil
}

func (f *fakeAdmitter) grant(identity string, publish bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grants[identity] = nest.Grant{Publish: publish}
}

func (f *fakeAdmitter) refuse(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusal = err
}

// rig is a room behind a gate of its own.
type rig struct {
	t        *testing.T
	room     string
	admitter *fakeAdmitter
	client   *media.Client
	tokens   media.Tokens
	gate     *media.Gate
	log      *logOutput
	server   *httptest.Server
}

func newRig(t *testing.T) *rig { return newRigAt(t, embedded.URL()) }

func newRigAt(t *testing.T, livekit string) *rig {
	s := &rig{
		t:      t,
		room:   newID(),
		log:    &logOutput{},
		client: &media.Client{URL: livekit, Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret},
		tokens: media.Tokens{Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret},
	}
	s.admitter = &fakeAdmitter{
		grants: make(map[string]nest.Grant),
		room:   nest.Room{Name: s.room, Metadata: `{"server":"test"}`, MaxParticipants: 50},
	}
	s.gate = &media.Gate{
		Client:    s.client,
		Tokens:    s.tokens,
		Admitter:  s.admitter,
		Log:       s.log.logger(),
		RequestID: func(context.Context) string { return "request-1" },
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.gate)
	mux.Handle("/browser/rtc", asBrowser(s.gate))
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.gate.CloseSockets()
		s.server.Close()
		if secrets := s.log.secrets(); len(secrets) > 0 {
			t.Errorf("the gate's log contains secrets: %q", secrets)
		}
	})
	return s
}

// asBrowser forwards the join request of the Go SDK, which sends it to /rtc, to the path that browsers use.
func asBrowser(gate http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/livekit/rtc/v1"
		gate.ServeHTTP(w, r)
	})
}

func (s *rig) url() string { return "ws" + strings.TrimPrefix(s.server.URL, "http") }

// singlePeerURL is for bots with a single peer connection.
func (s *rig) singlePeerURL() string { return s.url() + "/browser" }

// token sets whether an identity may publish, and mints a token for it as the API does.
func (s *rig) token(identity string, publish bool) string {
	s.t.Helper()
	s.admitter.grant(identity, publish)
	admission := nest.Admission{Identity: identity, Grant: nest.Grant{Publish: publish}, Room: nest.Room{Name: s.room}}
	token, err := s.tokens.Mint(admission, time.Minute)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func (s *rig) speaker() (string, *nesttest.Bot) {
	s.t.Helper()
	identity := newKey()
	return identity, nesttest.Speaker(s.t, s.url(), s.token(identity, true))
}

func (s *rig) listener() (string, *nesttest.Bot) {
	s.t.Helper()
	identity := newKey()
	return identity, nesttest.Join(s.t, s.url(), s.token(identity, false))
}

// participant is one participant as LiveKit lists it; false when LiveKit does not list it.
func (s *rig) participant(identity string) (nest.Participant, bool) {
	s.t.Helper()
	participants, err := s.client.Participants(s.t.Context(), s.room)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range participants {
		if p.Identity == identity {
			return p, true
		}
	}
	return nest.Participant{}, false
}

// otherSecret signs tokens that LiveKit and the gate must not accept.
const otherSecret = "another-secret-of-at-least-32-characters"

var jwtInText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}|access_token=`)

func (r *logOutput) secrets() []string {
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
