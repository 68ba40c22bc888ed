package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/nip"
)

// published is a user of one of the published clients. It sends a preflight for every call and a Content-Type with
// every request, GET too. Its NIP-98 events have neither payload nor nonce. Signatures of two equal events differ, as
// those of browsers do.
type published struct {
	*user
	service string // the value of its space's service tag
	path    string // appended to service
	tags    func(url, method string) [][]string
}

func (p published) call(method, path, body string, signed bool) answer {
	p.t.Helper()
	url := p.service + p.path + path
	header := http.Header{"Origin": {"https://client.example"}}
	header.Set("Access-Control-Request-Method", method)
	header.Set("Access-Control-Request-Headers", "authorization,content-type")
	if a := p.do(http.MethodOptions, url, "", header); a.status != 204 ||
		a.header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Methods"), method) ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "authorization") {
		p.t.Errorf("preflight of %s %s answered %d %v", method, url, a.status, a.header)
	}
	header = http.Header{"Origin": {"https://client.example"}, "Content-Type": {"application/json"},
		"Accept": {"application/json"}}
	if signed {
		header.Set("Authorization", p.authorization(method, url))
	}
	return p.do(method, url, body, header)
}

func (p published) do(method, url, body string, header http.Header) answer {
	p.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(within(p.t, 15*time.Second), method, url, reader)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.s.read(res)
}

func (p published) authorization(method, url string) string {
	p.t.Helper()
	e := p.sign(27235, time.Now(), "", p.tags(url, method)...)
	secret, _ := hex.DecodeString(p.secret)
	id, _ := hex.DecodeString(e.ID)
	key, _ := btcec.PrivKeyFromBytes(secret)
	var random [32]byte
	rand.Read(random[:])
	sig, err := schnorr.Sign(key, id, schnorr.CustomNonce(random))
	if err != nil {
		p.t.Fatal(err)
	}
	e.Sig = hex.EncodeToString(sig.Serialize())
	text, err := json.Marshal(e)
	if err != nil {
		p.t.Fatal(err)
	}
	value := base64.StdEncoding.EncodeToString(text)
	p.s.secrets.add(value)
	return "Nostr " + value
}

// wants checks the status of a call.
func (p published) wants(status int, method, path, body string, signed bool) answer {
	p.t.Helper()
	a := p.call(method, path, body, signed)
	if a.status != status || a.header.Get("Access-Control-Allow-Origin") != "*" {
		p.t.Fatalf("%s %s answered %d %s %v; want %d", method, path, a.status, a.text, a.header, status)
	}
	return a
}

// joinTwice joins as those clients do: info, two tokens, and two connections with two peer connections each. The
// later connection stays.
func (p published) joinTwice(id string) *nesttest.Bot {
	p.t.Helper()
	p.wants(200, "GET", "/"+id+"/info", "", false)
	var bots []*nesttest.Bot
	for range 2 {
		token := p.wants(200, "GET", "/"+id, "", true).str("token")
		bots = append(bots, nesttest.Join(p.t, p.s.ws(), token))
	}
	select {
	case <-bots[0].Gone():
	case <-time.After(5 * time.Second):
		p.t.Error("the older of two connections of one key stays")
	}
	return bots[1]
}

// The whole story of both published clients: create, announce, join twice, promote, talk, demote, restart, end.
func TestPublishedClientsStories(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(*server, *user) published{
		"the first": func(s *server, u *user) published {
			return published{u, s.base() + "/api/v1/nests", "",
				func(url, method string) [][]string { return [][]string{{"u", url}, {"method", method}} }}
		},
		"LiveKit-era": func(s *server, u *user) published {
			return published{u, s.base(), "/api/v1/nests", func(url, method string) [][]string {
				return [][]string{{"method", method}, {"u", url}, {"client", "x"}}
			}}
		},
		"LiveKit-era on the first's space": func(s *server, u *user) published {
			return published{u, s.base() + "/api/v1/nests", "/api/v1/nests", func(url, method string) [][]string {
				return [][]string{{"method", method}, {"u", url}, {"client", "x"}}
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			host, ann := client(s, s.user()), client(s, s.user())
			runStory(t, host, ann)
		})
	}
}

// showsRoles returns a function for Eventually that checks the room's metadata as a client receives it: its five
// fields, their types, and the users on stage. Those clients fail unless `admins` is an array and `recording` a
// boolean.
func showsRoles(bot *nesttest.Bot, host string, others ...string) func() string {
	return func() string {
		var shown struct {
			Host, Link       *string
			Speakers, Admins []string
			Recording        *bool
		}
		text := bot.Room.Metadata()
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			return fmt.Sprintf("the room's metadata is %q: %v", text, err)
		}
		slices.Sort(shown.Speakers)
		if want := slices.Sorted(slices.Values(append(others, host))); !slices.Equal(shown.Speakers, want) ||
			!slices.Equal(shown.Admins, []string{host}) ||
			shown.Host == nil || *shown.Host != host || shown.Link == nil || shown.Recording == nil ||
			*shown.Recording {
			return "the room's metadata is " + text
		}
		return ""
	}
}

func runStory(t *testing.T, host, ann published) {
	s := host.s
	created := host.wants(200, "PUT", "", `{"relays":["ws://127.0.0.1:1","ws://127.0.0.1:2"],"hls_stream":false}`, true)
	id, endpoints := created.str("roomId"), created.body["endpoints"].([]any)
	if len(endpoints) != 1 || !strings.HasPrefix(endpoints[0].(string), "ws+livekit://") || created.str("token") == "" {
		t.Fatalf("create answered %s", created.text)
	}
	s.mustPublish(host.sign(nest.KindSpace, time.Now(), "", []string{"d", id}, []string{"room", "Morning coffee"},
		[]string{"title", "Morning coffee"}, []string{"status", "open"},
		[]string{"service", host.service}, []string{"p", host.pubkey, "", "Host"}, []string{"streaming",
			endpoints[0].(string)}))
	talker := host.joinTwice(id)
	if err := talker.Speak(); err != nil {
		t.Fatal(err)
	}
	info := ann.wants(200, "GET", "/"+id+"/info", "", false)
	if _, strict := info.body["recording"].(bool); !strict || info.str("host") != host.pubkey ||
		!strings.HasPrefix(info.str("link"), "naddr1") ||
		len(info.body["speakers"].([]any)) != 1 || len(info.body["admins"].([]any)) != 1 {
		t.Errorf("info answered %s", info.text)
	}
	guest := nesttest.Join(t, s.ws(), ann.wants(200, "GET", "/"+id+"/guest", "", false).str("token"))
	listener := ann.joinTwice(id)
	nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
	nesttest.Eventually(t, 10*time.Second, guest.Hears(host.pubkey))

	stage := func(on bool) string { return fmt.Sprintf(`{"participant":%q,"can_publish":%t}`, ann.pubkey, on) }
	host.wants(201, "POST", "/"+id+"/permissions", stage(true), true)
	host.wants(204, "POST", "/"+id+"/permissions", stage(true), true)
	speakOnStage(t, listener, 5*time.Second)
	nesttest.Eventually(t, 5*time.Second, guest.Hears(ann.pubkey))
	nesttest.Eventually(t, 5*time.Second, showsRoles(guest, host.pubkey, ann.pubkey))
	if identity := guest.Room.LocalParticipant.Identity(); !strings.HasPrefix(identity, "guest-") {
		t.Errorf("a guest has the identity %s", identity)
	}
	if identity := listener.Room.LocalParticipant.Identity(); identity != ann.pubkey {
		t.Errorf("a user who joined by key is called %s", identity)
	}
	host.wants(201, "POST", "/"+id+"/permissions", fmt.Sprintf(`{"participant":%q,"mute_microphone":true}`,
		ann.pubkey), true)
	nesttest.Eventually(t, 5*time.Second, guest.HearsNot(ann.pubkey))
	host.wants(201, "POST", "/"+id+"/permissions", stage(false), true)
	nesttest.Eventually(t, 5*time.Second, showsRoles(guest, host.pubkey))

	// Chat, presence and requests name the nest by its naddr instead of a coordinate.
	naddr := nip.Address{Kind: nest.KindSpace, Pubkey: host.pubkey, D: id}.Naddr()
	s.mustPublish(ann.sign(1311, time.Now(), "hello", []string{"a", naddr, "", "root"}))
	s.mustPublish(ann.sign(10312, time.Now(), "", []string{"a", "30312:" + host.pubkey + ":" + id, "", "root"},
		[]string{"hand", "1"}))
	s.mustPublish(ann.sign(1833, time.Now(), "", []string{"a", naddr, "", "root"}, []string{"status", "requested"}))

	again := host.wants(200, "POST", "/"+id+"/restart", "", true)
	if again.str("roomId") != id || again.str("token") == "" || talker.Reason()+listener.Reason()+guest.Reason() != "" {
		t.Errorf("restart answered %s and dropped %q", again.text, talker.Reason()+listener.Reason()+guest.Reason())
	}
	host.wants(204, "DELETE", "/"+id, "", true)
	host.wants(204, "DELETE", "/"+id, "", true)
	for _, bot := range []*nesttest.Bot{talker, listener, guest} {
		select {
		case <-bot.Gone():
		case <-time.After(5 * time.Second):
			t.Error("a participant is inside 5 s after the end")
		}
	}
	for _, endpoint := range []string{"", "/info", "/guest"} {
		ann.wants(404, "GET", "/"+id+endpoint, "", endpoint == "")
		if a := ann.call("GET", "/"+uuid.NewString()+endpoint, "", endpoint == ""); a.status != 404 ||
			a.str("error") != "Room not found" {
			t.Errorf("an unknown nest's %s answered %d %s", endpoint, a.status, a.text)
		}
	}
}
