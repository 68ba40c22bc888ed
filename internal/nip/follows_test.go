package nip_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fiatjaf.com/nostr"

	"nests/internal/nip"
)

// A follow list may be larger than other events, must be signed, and only its p tags are kept.
func TestFollowListOfThousands(t *testing.T) {
	secret := nostr.Generate()
	list := func(kind nostr.Kind, keys int) (nostr.Event, []byte) {
		e := nostr.Event{Kind: kind, CreatedAt: 1_750_000_000, Tags: nostr.Tags{{"t", "birds"}, {"p"}}}
		for i := range keys {
			e.Tags = append(e.Tags, nostr.Tag{"p", fmt.Sprintf("%064x", i), "wss://relay.example", "name"})
		}
		if err := e.Sign(secret); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return e, data
	}
	e, data := list(3, 5000)
	if _, err := nip.Parse(data); err == nil {
		t.Fatalf("an event of %d bytes is not large", len(data))
	}
	got, err := nip.ParseFollows(data)
	if err != nil || got.ID != e.ID.Hex() || got.PubKey != secret.Public().Hex() || len(got.Tags) != 5000 ||
		len(got.Tags[4999]) != 2 {
		t.Errorf("of %d bytes: %d tags of %s, %v", len(data), len(got.Tags), got.PubKey, err)
	}
	_, note := list(1, 1)
	_, huge := list(3, 11_000)
	for what, data := range map[string][]byte{
		"another kind": note, "more than a megabyte": huge, "no JSON": []byte("[]"),
		"somebody else's words": []byte(strings.Replace(string(data), "birds", "words", 1)),
	} {
		if _, err := nip.ParseFollows(data); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}
