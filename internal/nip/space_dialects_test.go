package nip_test

import (
	"strings"
	"testing"

	"nests/internal/nest"
)

func TestSpaceOfPublishedWebClient(t *testing.T) {
	host := public(t, hostKey)
	same(t, space(
		t,
		[]string{
			"d",
			nestID,
		},
		[]string{"room", "Morning coffee"},
		[]string{"summary", "Two lines\nof text"},
		[]string{"image", "https://pictures.example/1.jpg"},
		[]string{"status", "open"},
		[]string{"service", server + "/api/v1/nests"},
		[]string{"p", host, "", "Host"},
		[]string{
			"streaming",
			"wss+livekit://nests.example",
		},
		[]string{"streaming", server + "/api/v1/live/" + nestID + "/live.m3u8"},
		[]string{"t", "coffee"},
		[]string{"starts", "1750000000"},
		[]string{"client", "host"},
	), nest.Space{
		ID:       nestID,
		Status:   nest.SpaceOpen,
		Title:    "Morning coffee",
		Summary:  "Two lines\nof text",
		Image:    "https://pictures.example/1.jpg",
		Hashtags: []string{"coffee"},
		Service:  server + "/api/v1/nests",
		Streaming: []string{
			"wss+livekit://nests.example",
			server + "/api/v1/live/" + nestID + "/live.m3u8",
		},
		Starts: 1750000000000,
	})
}

func TestSpaceOfItsEdit(t *testing.T) {
	same(t, space(
		t,
		[]string{
			"d",
			nestID,
		},
		[]string{"service", server + "/api/v1/nests"},
		[]string{"p", public(t, hostKey), "", "Host"},
		[]string{"room", "Evening tea"},
		[]string{"status", "closed"},
		[]string{"starts", "1750000000"},
		[]string{"ends", "1750003600"},
	), nest.Space{
		ID:      nestID,
		Status:  nest.SpaceClosed,
		Title:   "Evening tea",
		Service: server + "/api/v1/nests",
		Starts:  1750000000000,
		Ends:    1750003600000,
	})
}

func TestSpaceOfLiveKitEraClient(t *testing.T) {
	for status, want := range map[string]nest.SpaceStatus{
		"live":    nest.SpaceOpen,
		"planned": nest.SpacePlanned,
		"ended":   nest.SpaceClosed,
	} {
		same(t, space(
			t,
			[]string{
				"color",
				"gradient-3",
			},
			[]string{"d", nestID},
			[]string{"relays", "wss://a.example", "wss://b.example/"},
			[]string{"service", server},
			[]string{
				"starts",
				"1750000000",
			},
			[]string{"status", status},
			[]string{"streaming", "wss+livekit://nests.example:443"},
			[]string{"summary", "…"},
			[]string{"title", "Morning coffee"},
		), nest.Space{
			ID:      nestID,
			Status:  want,
			Title:   "Morning coffee",
			Summary: "…",
			Color:   "gradient-3",
			Service: server,
			Streaming: []string{
				"wss+livekit://nests.example",
			},
			Relays: []string{"wss://a.example", "wss://b.example"},
			Starts: 1750000000000,
		})
	}
}

func TestSpaceOfMoQClient(t *testing.T) {
	same(t, space(
		t,
		[]string{
			"d",
			"any-id-at-all",
		},
		[]string{"title", "Elsewhere"},
		[]string{"status", "live"},
		[]string{"service", "https://moq.other.example"},
		[]string{"streaming", "https://relay.other.example/anon"},
		[]string{"auth", "https://auth.other.example"},
		[]string{
			"p",
			public(t, hostKey),
			"wss://a.example",
			"host",
		},
		[]string{"p", adminKey, "wss://a.example", "admin"},
		[]string{"p", speakerKey, "wss://a.example", "speaker"},
	), nest.Space{
		ID:      "any-id-at-all",
		Status:  nest.SpaceOpen,
		Title:   "Elsewhere",
		Service: "https://moq.other.example",
		Streaming: []string{
			"https://relay.other.example/anon",
		},
		Claims: map[string]nest.Claim{adminKey: nest.ClaimAdmin, speakerKey: nest.ClaimSpeaker},
	})
}

func TestOtherKindsAreNoSpaces(t *testing.T) {
	for _, e := range []nest.Event{
		signed(
			t, hostKey, 30313, []string{"d", "show-1"},
			[]string{"a", "30312:" + public(t, hostKey) + ":" + nestID, "wss://relay.example"}, []string{"title", "…"},
			[]string{"status", "live"},
		),
		signed(
			t, hostKey, 30311, []string{"d", nestID}, []string{"title", "…"},
			[]string{"streaming", "https://x.example/live.m3u8"}, []string{"service", server + "/api/v1/nests"},
		),
		signed(
			t, hostKey, 10312,
			[]string{"a", "30312:" + public(t, hostKey) + ":" + nestID, "wss://relay.example", "root"},
			[]string{"hand", "1"},
		),
		signed(t, hostKey, nest.KindSpace),
		signed(t, hostKey, nest.KindSpace, []string{"d"}),
		signed(t, hostKey, nest.KindSpace, []string{"d", ""}),
		signed(t, hostKey, nest.KindSpace, []string{"d", "two words"}),
		signed(t, hostKey, nest.KindSpace, []string{"d", "null\x00"}),
		signed(t, hostKey, nest.KindSpace, []string{"d", strings.Repeat("x", 129)}),
	} {
		if s, err := codec.ParseSpace(e); nest.CodeOf(err) != nest.CodeInvalidEvent {
			t.Errorf("%v became %+v, %v", e.Tags, s, err)
		}
	}
}
