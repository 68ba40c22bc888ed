package relay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/relay"
	"nests/internal/store"
)

const (
	nestID  = "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11"
	otherID = "7f3c9d2a-1111-4c2a-9c0e-0b5c1f6e53c5"
	origin  = "https://nests.example"
)

// rig is a relay over a real database and the real domain, behind a real HTTP server.
type rig struct {
	t       *testing.T
	db      *store.DB
	service *nest.Service
	relay   *relay.Relay
	url     string
	stop    func()
}

type quiet struct{ nest.Media }

// emptyPresence observes no participant in any nest.
type emptyPresence struct{ nest.Presence }

func (emptyPresence) Participants(string) ([]nest.Participant, bool) { return nil, true }

func newRig(t *testing.T, change func(*relay.Config)) *rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	codec := nip.Codec{PublicURLs: []string{origin}, OwnRelay: "wss://nests.example/relay"}
	service := &nest.Service{
		Store:    db,
		Media:    quiet{},
		Presence: emptyPresence{},
		Codec:    codec,
		Log:      log,
		Now:      time.Now,
		OwnRelay: codec.OwnRelay,
		Wake:     func(string) {},
		NewID:    uuid.NewString,
	}
	config := relay.Config{
		URL:    codec.OwnRelay,
		Name:   "Test",
		Pubkey: publicKey(t, host),
		Limits: relay.DefaultLimits(),
		Store:  store.NewView(db, func(tx nest.Tx) relay.Tx { return tx }),
		Domain: service,
		Codec:  codec,
		Log:    log,
		Now:    time.Now,
	}
	if change != nil {
		change(&config)
	}
	r := &rig{t: t, db: db, service: service, relay: relay.New(config)}
	service.Broadcast = r.relay.Broadcast
	server := httptest.NewServer(r.relay.Handler())
	r.url = "ws" + strings.TrimPrefix(server.URL, "http")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.relay.Run(ctx) }()
	r.stop = func() { cancel(); <-done }
	t.Cleanup(func() { r.stop(); server.Close() })
	return r
}

// Secret keys of the users in these tests.
var (
	host     = strings.Repeat("11", 32)
	listener = strings.Repeat("22", 32)
	otherKey = strings.Repeat("33", 32)
)

func publicKey(t testing.TB, secret string) string {
	t.Helper()
	key, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, secret string, e nest.Event) nest.Event {
	t.Helper()
	if e.CreatedAt == 0 {
		e.CreatedAt = time.Now().Unix()
	}
	if err := nip.Sign(secret, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func (r *rig) put(n nest.Nest, members ...nest.Member) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx nest.Tx) error {
		if err := tx.PutNest(n); err != nil {
			return err
		}
		for _, m := range members {
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) nest() nest.Nest {
	r.t.Helper()
	var n nest.Nest
	err := r.db.Read(r.t.Context(), func(tx nest.Tx) (err error) { n, err = tx.Nest(nestID); return err })
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// liveNest stores an open nest of host and returns its address.
func (r *rig) liveNest() string {
	key := publicKey(r.t, host)
	r.put(nest.Nest{ID: nestID, Host: key, Status: nest.Live, Access: nest.Open, Guests: true, Generation: 1},
		nest.Member{Nest: nestID, Pubkey: key, Role: nest.RoleHost, OnStage: true})
	return "30312:" + key + ":" + nestID
}

func space(title string, more ...[]string) nest.Event {
	return nest.Event{
		Kind: nest.KindSpace,
		Tags: append([][]string{
			{"d", nestID},
			{"room", title},
			{"status", "open"},
			{"service", origin + "/api/v1/nests"},
		}, more...),
	}
}

// client is a WebSocket client that sends and reads raw messages of the protocol.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func (r *rig) dial() *client {
	r.t.Helper()
	ws, _, err := websocket.Dial(r.t.Context(), r.url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	r.t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{r.t, ws}
}

func (c *client) send(parts ...any) {
	c.t.Helper()
	data, err := json.Marshal(parts)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(string(data))
}

func (c *client) raw(text string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() []any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	var parts []any
	if err := json.Unmarshal(data, &parts); err != nil {
		c.t.Fatalf("%s: %v", data, err)
	}
	return parts
}

// expect reads one message and compares its first parts; of an event it compares the id only.
func (c *client) expect(want ...any) []any {
	c.t.Helper()
	got := c.read()
	for i, part := range want {
		if i >= len(got) || !matchesPart(got[i], part) {
			c.t.Fatalf("got %v, want %v", got, want)
		}
	}
	return got
}

// expectBoth reads two messages that may come in either order.
func (c *client) expectBoth(one, other []any) {
	c.t.Helper()
	first := c.read()
	if first[0] != one[0] {
		one, other = other, one
	}
	for i, part := range one {
		if !matchesPart(first[i], part) {
			c.t.Fatalf("got %v, want %v", first, one)
		}
	}
	c.expect(other...)
}

func matchesPart(got, want any) bool {
	if e, ok := want.(nest.Event); ok {
		fields, _ := got.(map[string]any)
		return fields["id"] == e.ID
	}
	if prefix, ok := strings.CutSuffix(fmt.Sprint(want), "…"); ok {
		return strings.HasPrefix(fmt.Sprint(got), prefix)
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}

// publish sends an event and expects OK true or, with a refusal, a text that begins with it.
func (c *client) publish(e nest.Event, refusal string) {
	c.t.Helper()
	c.send("EVENT", e)
	if refusal == "" {
		c.expect("OK", e.ID, true, "")
		return
	}
	isDuplicate := strings.HasPrefix(refusal, "duplicate")
	c.expect("OK", e.ID, isDuplicate, refusal+"…")
}

func get(t *testing.T, url, accept string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(url, "ws"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}
