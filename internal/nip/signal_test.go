package nip_test

import (
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

// Signals in every known dialect, and invalid ones.
func TestSignals(t *testing.T) {
	id, host, ann, bob := "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11", strings.Repeat(
		"a",
		64,
	), strings.Repeat(
		"b",
		64,
	), strings.Repeat(
		"c",
		64,
	)
	space := nip.Address{Kind: nest.KindSpace, Pubkey: host, D: id, Relays: []string{"wss://relay.example"}}
	a := []string{"a", space.String(), "wss://relay.example", "root"}
	says := func(word string) []string { return []string{"status", word} }
	p := []string{"p", bob}
	for _, c := range []struct {
		name   string
		kind   int
		tags   [][]string
		word   nest.SignalType
		target string
	}{
		{"a raised hand", 10312, [][]string{a, {"hand", "1"}}, nest.SignalHandUp, ann},
		{"a hand of zero", 10312, [][]string{a, {"hand", "0"}}, nest.SignalHandDown, ann},
		{"no hand", 10312, [][]string{a}, nest.SignalHandDown, ann},
		{"a hand without a value", 10312, [][]string{a, {"hand"}}, nest.SignalHandDown, ann},
		{"an naddr", 10312, [][]string{{"a", space.Naddr(), "", "root"}, {"hand", "1"}}, nest.SignalHandUp, ann},
		{"no address", 10312, [][]string{{"hand", "1"}}, "", ""},
		{"another kind's address", 10312, [][]string{{"a", "30023:" + host + ":" + id}, {"hand", "1"}}, "", ""},
		{"an id that is none", 10312, [][]string{{"a", "30312:" + host + ":coffee"}, {"hand", "1"}}, "", ""},
		{"a request", 1833, [][]string{a, says("requested")}, nest.SignalRequest, ann},
		{"a request in capitals", 1833, [][]string{a, says("Requested")}, nest.SignalRequest, ann},
		{"a request for another", 1833, [][]string{a, says("requested"), p}, nest.SignalRequest, ann},
		{"a request taken back", 1833, [][]string{a, says("cancelled")}, nest.SignalWithdraw, ann},
		{"a request of no word", 1833, [][]string{a}, "", ""},
		{"granted", 3979, [][]string{a, p, says("granted")}, nest.SignalGrant, bob},
		{"denied", 3979, [][]string{a, p, says("denied")}, nest.SignalDeny, bob},
		{"revoked", 3979, [][]string{a, p, says("revoked")}, nest.SignalRevoke, bob},
		{"removed", 3979, [][]string{a, p, says("removed"), {"e", strings.Repeat("d", 64)}}, nest.SignalRevoke, bob},
		{"granted to nobody", 3979, [][]string{a, says("granted")}, "", ""},
		{"granted to a guest", 3979, [][]string{a, {"p", "guest-" + id}, says("granted")}, "", ""},
		{"a word of tomorrow", 3979, [][]string{a, p, says("promoted")}, "", ""},
		{"invited", 7051, [][]string{a, p, says("invited")}, nest.SignalGrant, bob},
		{"invited nobody", 7051, [][]string{a, says("invited")}, "", ""},
		{"declined", 7051, [][]string{a, says("declined"), {"e", strings.Repeat("d", 64)}}, nest.SignalDecline, ann},
		{"declined for another", 7051, [][]string{a, p, says("declined")}, nest.SignalDecline, ann},
		{"accepted", 7051, [][]string{a, says("accepted")}, "", ""},
		{"chat", 1311, [][]string{a, {"hand", "1"}}, "", ""},
	} {
		e := nest.Event{PubKey: ann, Kind: c.kind, Tags: c.tags}
		g, ok := nip.Codec{}.ParseSignal(e)
		if ok != (c.word != "") {
			t.Errorf("%s: understood %v", c.name, ok)
		}
		if ok && (g.Type != c.word || g.Target != c.target || g.Nest != id || g.Host != host) {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
	g, _ := nip.Codec{}.ParseSignal(
		nest.Event{PubKey: ann, Kind: 10312, Tags: [][]string{a, {"hand", "1"}, {"expiration", "1750000000"}}},
	)
	if g.Until != 1_750_000_000_000 {
		t.Errorf("expiration read as %d", g.Until)
	}
}
