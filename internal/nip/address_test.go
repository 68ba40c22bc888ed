package nip_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/bech32"

	"nests/internal/nest"
	"nests/internal/nip"
)

// Examples from NIP-19.
const (
	exampleNpub     = "npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6"
	exampleKey      = "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d"
	exampleNprofile = "nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8gpp4mhxue69uhhytnc9e3k7mgpz4mhxue69uhkg6nzv9ejuumpv34kytnrdaksjlyr9p"
)

func TestPubkeys(t *testing.T) {
	if got := nip.Npub(exampleKey); got != exampleNpub {
		t.Errorf("got %s", got)
	}
	for _, name := range []string{
		exampleKey, strings.ToUpper(exampleKey), exampleNpub, "nostr:" + exampleNpub, exampleNprofile,
	} {
		if got, err := nip.ParsePubkey(name); err != nil || got != exampleKey {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, bad := range []string{
		"", "npub1", exampleNpub[:60], exampleNpub + "x", strings.Replace(exampleNpub, "npub1", "nsec1", 1),
		exampleKey[:63], "nprofile1", strings.Repeat("npub1", 2000),
	} {
		if got, err := nip.ParsePubkey(bad); err == nil {
			t.Errorf("%.70s became %s", bad, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	a := nip.Address{
		Kind:   30312,
		Pubkey: exampleKey,
		D:      nestID,
		Relays: []string{"wss://nests.example/relay", "wss://b.example"},
	}
	again, err := nip.ParseAddress(a.Naddr())
	if err != nil || !reflect.DeepEqual(again, a) {
		t.Fatalf("got %+v, %v", again, err)
	}
	for text, want := range map[string]nip.Address{
		"30312:" + exampleKey + ":" + nestID: {Kind: 30312, Pubkey: exampleKey, D: nestID},
		"30311:" + exampleKey + ":a:b":       {Kind: 30311, Pubkey: exampleKey, D: "a:b"},
		"10312:" + exampleKey + ":":          {Kind: 10312, Pubkey: exampleKey},
		"nostr:" + a.Naddr():                 a,
		strings.ToUpper(a.Naddr()):           a,
	} {
		got, err := nip.ParseAddress(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "30312", "30312:" + exampleKey, "x:" + exampleKey + ":d", "70000:" + exampleKey +
		":d", "-1:" + exampleKey + ":d", "30312:" + exampleKey[:63] + ":d",
		"naddr1", a.Naddr()[:80], exampleNpub, strings.Repeat("naddr1", 2000),
		tlv(t, 3, 1, 0), tlv(t, 0, 200, 1), tlv(t, 2)} {
		if got, err := nip.ParseAddress(bad); err == nil {
			t.Errorf("%.80s became %+v", bad, got)
		}
	}
	for _, bad := range []nip.Address{
		{}, {Kind: 30312, Pubkey: exampleKey}, {Kind: 30312, Pubkey: "x", D: "d"},
		{Kind: 70000, Pubkey: exampleKey, D: "d"}, {Kind: 30312, Pubkey: exampleKey, D: strings.Repeat("x", 256)},
	} {
		if got := bad.Naddr(); got != "" {
			t.Errorf("%+v became %s", bad, got)
		}
	}
}

func tlv(t *testing.T, data ...byte) string {
	t.Helper()
	words, err := bech32.ConvertBits(data, 8, 5, true)
	if err != nil {
		t.Fatal(err)
	}
	name, err := bech32.Encode("naddr", words)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLinkHintsOwnRelayFirst(t *testing.T) {
	link := codec.Link(
		nest.Nest{
			ID:   nestID,
			Host: exampleKey,
			Relays: []string{
				"WSS://nests.example/relay/",
				"junk",
				"wss://a.example",
				"wss://b.example",
				"wss://c.example",
				"wss://d.example",
			},
		},
	)
	got, err := nip.ParseAddress(link)
	want := nip.Address{
		Kind:   nest.KindSpace,
		Pubkey: exampleKey,
		D:      nestID,
		Relays: []string{"wss://nests.example/relay", "wss://a.example", "wss://b.example", "wss://c.example"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s is %+v, %v", link, got, err)
	}
}

func TestRelayURL(t *testing.T) {
	for raw, want := range map[string]string{
		"wss://Relay.Example":                "wss://relay.example",
		"wss://relay.example/":               "wss://relay.example",
		"wss://relay.example:443/Path/":      "wss://relay.example/Path",
		"ws://localhost:80":                  "ws://localhost",
		" ws://127.0.0.1:7777 ":              "ws://127.0.0.1:7777",
		"wss://relay.example./x?a=b#c":       "wss://relay.example/x?a=b",
		"WSS://[2001:DB8::1]:443":            "wss://[2001:db8::1]",
		"wss://a.example:0443":               "wss://a.example",
		"":                                   "",
		"relay.example":                      "",
		"https://relay.example":              "",
		"wss://":                             "",
		"wss:relay.example":                  "",
		"wss://a:b@relay.example":            "",
		"wss://re lay.example":               "",
		"wss://relay.example:0":              "",
		"wss://relay.example:99999":          "",
		"wss://relay.example/\u202e":         "",
		"wss://relay.example/\n":             "wss://relay.example",
		"wss://re\nlay.example":              "",
		"wss://" + strings.Repeat("x", 3000): "",
	} {
		got, err := nip.RelayURL(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.60q: got %q, %v; want %q", raw, got, err, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("30312:" + exampleKey + ":" + nestID)
	f.Add(exampleNprofile)
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = nip.ParsePubkey(s)
		a, err := nip.ParseAddress(s)
		if err != nil {
			return
		}
		if again, err := nip.ParseAddress(a.String()); err != nil || again.String() != a.String() {
			t.Fatalf("%q is %+v, then %+v, %v", s, a, again, err)
		}
	})
}

func TestCoordinate(t *testing.T) {
	a := nip.Address{Kind: 30312, Pubkey: strings.Repeat("a", 64), D: "x:y", Relays: []string{"wss://hint.example"}}
	for value, want := range map[string]string{
		a.Naddr():                            a.String(),
		a.String():                           "",
		"":                                   "",
		"naddr1":                             "",
		"naddr1" + strings.Repeat("q", 5000): "",
		"note1x":                             "",
	} {
		if got := nip.Coordinate(value); got != want {
			t.Errorf("Coordinate(%.40q) = %q, want %q", value, got, want)
		}
	}
}
