package relay

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

func TestPolicy(t *testing.T) {
	tied, known, nobody := Facts{Related: true}, Facts{AuthorKnown: true}, Facts{}
	banned, outside := Facts{Related: true, Banned: true}, Facts{Related: true, NoAccess: true}
	for _, test := range []struct {
		kinds  []int
		facts  Facts
		prefix string
	}{
		{[]int{7, 1311, 1833, 3979, 7051, 9734, 9735, 10312, 30313}, tied, ""},
		{[]int{7, 1311, 1833, 3979, 7051, 9734, 9735, 10312, 30313}, nobody, "restricted"},
		{[]int{7, 1311, 1833, 3979, 7051, 9734, 9735, 30313}, known, "restricted"},
		{[]int{10312}, known, ""}, // leaving: the presence no longer names a nest
		{[]int{7, 1311, 1833, 3979, 7051, 9735, 10312, 1}, banned, "restricted"},
		{[]int{5, 1984}, banned, ""},
		{[]int{7, 1311, 1833, 9735, 10312, 1}, outside, "restricted"},
		{[]int{5, 1984}, outside, ""},
		{[]int{0, 1, 3, 5, 10000, 10002}, known, ""},
		{[]int{1984}, known, "restricted"}, // about no user and no event of this server
		{[]int{1984}, Facts{ReportsKnownKey: true}, ""},
		{[]int{0, 1, 3, 5, 1984, 10000, 10002}, nobody, "restricted"},
		{[]int{0, 3, 10000, 10002}, tied, "restricted"},
		{[]int{1, 5, 1984}, tied, ""},
		{[]int{30312, 30311}, nobody, "restricted"},
		{[]int{30312, 30311}, Facts{NamesServer: true}, ""},
		{[]int{30312, 30311}, Facts{HostsNest: true, Related: true}, ""},
		{[]int{30312, 30311}, Facts{Related: true, AuthorKnown: true}, "restricted"},
		{[]int{24133}, nobody, ""},
	} {
		for _, kind := range test.kinds {
			if got := prefixOf(Policy(nest.Event{Kind: kind}, test.facts)); got != test.prefix {
				t.Errorf("kind %d with %+v: got %q, want %q", kind, test.facts, got, test.prefix)
			}
		}
	}
}

func TestAcceptable(t *testing.T) {
	now := time.Unix(1750000000, 0)
	event := func(kind int, age time.Duration, tags ...[]string) nest.Event {
		return nest.Event{Kind: kind, CreatedAt: now.Add(-age).Unix(), Tags: tags}
	}
	for _, test := range []struct {
		event  nest.Event
		prefix string
	}{
		{event(1311, 0), ""},
		{event(1311, -15*time.Minute), ""},
		{event(1311, -15*time.Minute-time.Second), "invalid"},
		{event(1311, 24*time.Hour), ""},
		{event(1311, 24*time.Hour+time.Second), "invalid"},
		{event(10312, 25*time.Hour), "invalid"},
		{event(24133, 25*time.Hour), "invalid"},
		{event(30312, 9000*time.Hour), ""},
		{event(0, 9000*time.Hour), ""},
		{event(4, 0), "blocked"},
		{event(30023, 0), "blocked"},
		{event(20001, 0), "blocked"},
		{event(22242, 0), "blocked"}, // proofs of keys are never published
		{event(1311, 0, []string{"expiration", "1750000001"}), ""},
		{event(1311, 0, []string{"expiration", "1750000000"}), "invalid"},
		{event(1311, 0, []string{"expiration", "soon"}), ""},
	} {
		if got := prefixOf(acceptable(test.event, now)); got != test.prefix {
			t.Errorf("%+v: got %q, want %q", test.event, got, test.prefix)
		}
	}
}

func TestNamed(t *testing.T) {
	key, id := strings.Repeat("a", 64), "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11"
	for _, test := range []struct {
		event nest.Event
		want  int
	}{
		{nest.Event{Kind: 1311, Tags: [][]string{{"a", "30312:" + key + ":" + id, "wss://relay.example", "root"}}}, 1},
		{
			event: nest.Event{
				Kind: 1311,
				Tags: [][]string{{"a", nip.Address{Kind: 30312, Pubkey: key, D: id}.Naddr(), "", "root"}},
			},
			want: 1,
		}, // the published client's
		{nest.Event{Kind: 1311, Tags: [][]string{{"a", "30311:" + key + ":" + id}}}, 1},
		{nest.Event{Kind: 30312, PubKey: key, Tags: [][]string{{"d", id}}}, 1},
		{nest.Event{Kind: 30313, PubKey: key, Tags: [][]string{{"d", id}}}, 0},
		{nest.Event{Kind: 1, Tags: [][]string{{"a", "30023:" + key + ":" + id}, {"a"}, {}, {"a", "x"}, {"e", id}}}, 0},
		{nest.Event{Kind: 1311, Tags: [][]string{{"a", "30312:" + key + ":not-an-id"}}}, 0},
		{nest.Event{Kind: 1311, Tags: manyAddresses(key, id)}, 1},
	} {
		if got := nestAddresses(test.event); len(got) != test.want {
			t.Errorf("%+v names %v", test.event, got)
		}
	}
}

func manyAddresses(key, id string) (tags [][]string) {
	for range 2000 {
		tags = append(tags, []string{"a", "30312:" + key + ":" + id})
	}
	return tags
}

func TestSubscriberKey(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1/32",
		"::ffff:192.0.2.1":     "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"not an address":       "not an address",
	} {
		if got := subscriberKey(ip); got != want {
			t.Errorf("%s: got %s, want %s", ip, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`["REQ","x",{"kinds":[1],"#a":["b"],"since":1,"limit":0}]`))
	f.Add([]byte(`["EVENT",{"id":"x","tags":[["expiration","1"]]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			return
		}
		_ = m.text(0)
		for _, arg := range m.args {
			_ = eventID(arg)
			got, err := parseFilter(arg, DefaultLimits())
			if err != nil {
				continue
			}
			if got.Limit < 0 || got.Limit > DefaultLimits().Events {
				t.Fatalf("limit %d", got.Limit)
			}
			_ = got.matches(indexTags(nest.Event{Tags: [][]string{{}, {"a"}, {"a", "b"}}}))
			wire, err := json.Marshal(filterFields(got.EventFilter))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parseFilter(wire, DefaultLimits()); err != nil {
				t.Fatalf("%s became %s: %v", arg, wire, err)
			}
		}
	})
}

func BenchmarkBroadcast(b *testing.B) {
	h := newHub(Limits{Connections: 10000, Subscriptions: 10, Backlog: 1})
	for _, id := range []string{"space", "chat", "presence"} {
		addConnections(h, 1000, 1, filter{
			EventFilter: nest.EventFilter{Kinds: []int{len(id)}, Tags: map[string][]string{"a": {"x"}}},
		})
	}
	e := nest.Event{Kind: 4, Tags: [][]string{{"a", "x"}}, Content: "hello"}
	for i := 0; b.Loop(); i++ {
		e.ID = fmt.Sprint(i)
		if n := h.broadcast(e, allowAll); n != 1000 {
			b.Fatal(n)
		}
	}
}
