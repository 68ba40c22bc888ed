package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
	pictures "nests/internal/picture"
	"nests/internal/store"
)

const (
	origin   = "https://nests.example"
	relayURL = "wss://nests.example/relay"
)

// rig is the API with the real service and a real database. Only LiveKit is a fake.
type rig struct {
	*Server
	service  *nest.Service
	handler  http.Handler
	inner    *handler // the same as handler
	spec     *huma.OpenAPI
	livekit  *livekit
	logs     *logs
	clock    atomic.Int64
	nonce    atomic.Int64
	database *store.DB
}

func newRig(t testing.TB, change ...func(*rig)) *rig {
	t.Helper()
	ctx := context.Background()
	r := &rig{livekit: &livekit{participants: map[string][]nest.Participant{}}, logs: &logs{}}
	r.clock.Store(time.Now().UnixMilli())
	log := slog.New(LogHandler(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.UnixMilli(r.clock.Load()) }
	r.database = db
	r.service = &nest.Service{
		Store:    db,
		Media:    r.livekit,
		Presence: r.livekit,
		Blocks:   &nest.BlockList{Store: db, Now: now, Log: log},
		Codec:    nip.Codec{PublicURLs: []string{origin}, OwnRelay: relayURL},
		Pictures: pictures.New(),
		Log:      log,
		Now:      now,
		NewID:    uuid.NewString,
		ServerID: "server",
		OwnRelay: relayURL,
		Wake:     func(string) {},
	}
	r.Server = &Server{
		Config: PublicConfig{
			Version: "test",
			Origins: []string{origin, "http://127.0.0.1:5544"},
			Relay:   relayURL,
			Relays:  []string{"wss://relay.example"},
			Pubkey:  strings.Repeat("5", 64),
			Create:  "anyone",
		},
		Nests:        r.service,
		Joins:        r.service,
		Participants: r.service,
		Moderation:   r.service,
		Members:      r.service,
		Invites:      r.service,
		Pictures:     r.service,
		Operator:     r.service,
		Audit:        r.service,
		Keys:         r.service,
		Addresses:    r.service.Blocks,
		Auth:         db,
		Sessions:     db,
		Tokens:       plainTokens{},
		Presence:     r.livekit,
		Overview:     db,
		Diagnose:     fixedDiagnosis{},
		Log:          log,
		Now:          now,
		CookieSecret: "test",
	}
	for _, f := range change {
		f(r)
	}
	r.handler = r.Handler()
	r.inner = r.handler.(*handler)
	r.spec = specification(r.inner.routes(), r.Config)
	return r
}

func (r *rig) advance(d time.Duration) { r.clock.Add(d.Milliseconds()) }

// livekit is a fake of LiveKit.
type livekit struct {
	down         bool
	participants map[string][]nest.Participant
}

func (l *livekit) CheckAvailable() error {
	if l.down {
		return nest.MediaUnavailable(nil)
	}
	return nil
}

func (l *livekit) CountParticipants() (inside, onStage int, known bool) { return 3, 1, !l.down }

func (l *livekit) Participants(id string) ([]nest.Participant, bool) {
	return l.participants[id], !l.down
}

func (l *livekit) Mute(_ context.Context, room, identity string) (bool, error) {
	for i, p := range l.participants[room] {
		if p.Identity == identity && p.Unmuted {
			l.participants[room][i].Unmuted = false
			return true, l.CheckAvailable()
		}
	}
	return false, l.CheckAvailable()
}

func (l *livekit) Remove(context.Context, string, string) error  { return l.CheckAvailable() }
func (l *livekit) EndRoom(context.Context, string, string) error { return l.CheckAvailable() }

// plainTokens mints tokens that tests can read and logs must not contain.
type plainTokens struct{}

func (plainTokens) Mint(p nest.Admission, ttl time.Duration) (string, error) {
	return fmt.Sprintf("secrettoken:%s:%s:%v:%s", p.Room.Name, p.Identity, p.Grant.Publish, ttl), nil
}

// logs collects log lines.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// user has a key. The zero user is a guest.
type user struct{ secret, pubkey string }

func newUser(t testing.TB) user {
	t.Helper()
	secret := nip.NewKey()
	pubkey, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return user{secret, pubkey}
}

func (u user) sign(t testing.TB, e nest.Event) nest.Event {
	t.Helper()
	if err := nip.Sign(u.secret, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// auth returns the Authorization header of a signed request. Its nonce makes every header different.
func (r *rig) auth(t testing.TB, u user, method, uri string) string {
	t.Helper()
	return header(r.authEvent(t, u, method, origin+uri, []string{"nonce", strconv.FormatInt(r.nonce.Add(1), 10)}))
}

// authEvent signs a request (NIP-98) at the time of the rig's clock.
func (r *rig) authEvent(t testing.TB, u user, method, url string, more ...[]string) nest.Event {
	t.Helper()
	return u.sign(t, nest.Event{
		Kind:      nip.KindAuth,
		CreatedAt: r.clock.Load() / 1000,
		Tags:      append([][]string{{"u", url}, {"method", method}}, more...),
	})
}

// authHeader returns the request headers that carry a signed event.
func authHeader(event nest.Event) map[string]string {
	return map[string]string{"Authorization": header(event)}
}

func header(e nest.Event) string {
	data, _ := json.Marshal(e)
	return "Nostr " + base64.StdEncoding.EncodeToString(data)
}

// space returns a signed space (kind 30312) of a nest on this server.
func (r *rig) space(t testing.TB, host user, id string, tags ...[]string) nest.Event {
	t.Helper()
	all := append([][]string{
		{"d", id},
		{"room", "Morning coffee"},
		{"status", "open"},
		{"service", origin + base},
		{"p", host.pubkey, "", "Host"},
	}, tags...)
	return host.sign(t, nest.Event{Kind: nest.KindSpace, CreatedAt: r.clock.Load() / 1000, Tags: all})
}

// call is one request. It is signed by the user as, unless it has an Authorization header.
type call struct {
	method, path string
	as           user
	body         string
	header       map[string]string
	from         string // RemoteAddr
}

// answer is a checked response.
type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (a answer) code() string { return a.str("code") }

// outcome is the status and, for a refusal, the code.
func (a answer) outcome() string { return strings.TrimSpace(fmt.Sprint(a.status, " ", a.code())) }

func (a answer) str(name string) string {
	text, _ := a.json[name].(string)
	return text
}

// do sends one request. It checks the answer against the rules for all answers and against the OpenAPI document.
func (r *rig) do(t testing.TB, q call) answer {
	t.Helper()
	request := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	if q.body == "" {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	if q.as.secret != "" && q.header["Authorization"] == "" {
		request.Header.Set("Authorization", r.auth(t, q.as, q.method, q.path))
	}
	for name, value := range q.header {
		request.Header.Set(name, value)
	}
	if q.from != "" {
		request.RemoteAddr = q.from
	}
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	got := answer{status: recorder.Code, header: recorder.Header(), text: recorder.Body.String()}
	r.check(t, q, &got)
	return got
}

func (r *rig) check(t testing.TB, q call, got *answer) {
	t.Helper()
	where := fmt.Sprintf("%s %s → %d %s", q.method, q.path, got.status, got.text)
	if got.header.Get("X-Request-Id") == "" {
		t.Errorf("%s: no X-Request-Id", where)
	}
	if got.status >= 500 && got.status != http.StatusServiceUnavailable {
		t.Errorf("%s: a server error", where)
	}
	if q.method == http.MethodOptions {
		return
	}
	if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: headers %v", where, got.header)
	}
	if strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		var value any
		if err := json.Unmarshal([]byte(got.text), &value); err != nil {
			t.Errorf("%s: not JSON: %v", where, err)
		}
		got.json, _ = value.(map[string]any)
		r.validate(t, q, got, where)
	} else if got.text != "" && got.status != http.StatusOK {
		t.Errorf("%s: a refusal that is not JSON", where)
	}
	if code := got.code(); code != "" {
		if !slices.ContainsFunc(nest.Codes(), func(c nest.CodeMeaning) bool { return string(c.Code) == code }) &&
			!strings.HasPrefix(code, "invalid_") {
			t.Errorf("%s: nest.Codes does not list the code", where)
		}
		if got.str("request_id") != got.header.Get("X-Request-Id") {
			t.Errorf("%s: request_id differs from the header", where)
		}
	}
}

// validate checks a real answer against the published schema.
func (r *rig) validate(t testing.TB, q call, got *answer, where string) {
	t.Helper()
	registry := r.spec.Components.Schemas
	schema := content(ErrorBody{}, registry)["application/json"].Schema
	request := httptest.NewRequest(q.method, q.path, nil)
	if row, _ := r.inner.router.find(request, request.URL.EscapedPath()); row != nil {
		op := operationOf(r.spec, row.method, row.path)
		if op == nil {
			t.Fatalf("%s: no operation", where)
		}
		if described := op.Responses[strconv.Itoa(got.status)]; described != nil {
			schema = described.Content["application/json"].Schema
		} else if got.status < 400 {
			t.Errorf("%s: a success that is not described", where)
		}
	}
	var result huma.ValidateResult
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, maps.Clone(got.json), &result)
	for _, err := range result.Errors {
		t.Errorf("%s: against its schema: %v", where, err)
	}
}

// create creates a nest and returns its id.
func (r *rig) create(t testing.TB, host user, body string) string {
	t.Helper()
	got := r.do(t, call{method: "PUT", path: base, as: host, body: body})
	if got.status != http.StatusOK {
		t.Fatalf("create: %d %s", got.status, got.text)
	}
	return got.str("roomId")
}

// permit sends a permissions call on the nest at a path.
func (r *rig) permit(t testing.TB, as user, at, body string) {
	t.Helper()
	r.must(t, call{method: "POST", path: at + "/permissions", as: as, body: body})
}

// must sends a request that must succeed.
func (r *rig) must(t testing.TB, q call) answer {
	t.Helper()
	got := r.do(t, q)
	if got.status >= 300 {
		t.Fatalf("%s %s: %d %s", q.method, q.path, got.status, got.text)
	}
	return got
}
