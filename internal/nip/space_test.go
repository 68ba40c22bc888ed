package nip_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	nestID = "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11"
	server = "https://nests.example"
)

var (
	hostKey    = strings.Repeat("11", 32)
	adminKey   = strings.Repeat("22", 32)
	speakerKey = strings.Repeat("33", 32)
	listener   = strings.Repeat("44", 32)
	codec      = nip.Codec{PublicURLs: []string{server, "http://localhost:5544"}, OwnRelay: "wss://nests.example/relay"}
)

// space parses a space with these tags, signed by a new host.
func space(t *testing.T, tags ...[]string) nest.Space {
	t.Helper()
	e := signed(t, hostKey, nest.KindSpace, tags...)
	if err := nip.Verify(e); err != nil {
		t.Fatal(err)
	}
	s, err := codec.ParseSpace(e)
	if err != nil {
		t.Fatal(err)
	}
	if s.Event.ID != e.ID || s.Host != e.PubKey {
		t.Fatalf("the space is not the event's: %+v", s)
	}
	return s
}

func public(t *testing.T, secret string) string {
	t.Helper()
	key, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func same(t *testing.T, got, want nest.Space) {
	t.Helper()
	want.Event, want.Host = got.Event, got.Host
	if want.Claims == nil {
		want.Claims = map[string]nest.Claim{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
}

// A space gives roles to a bounded number of users, however many it names.
func TestRolesOfASpaceAreBounded(t *testing.T) {
	tags := [][]string{{"d", nestID}}
	for i := range 500 {
		tags = append(tags, []string{"p", fmt.Sprintf("%064x", i), "", "Speaker"})
	}
	tags = append(tags, []string{"p", fmt.Sprintf("%064x", 0), "", "Moderator"})
	s := space(t, tags...)
	if len(s.Claims) != 200 || s.Claims[fmt.Sprintf("%064x", 0)] != nest.ClaimAdmin ||
		s.Claims[fmt.Sprintf("%064x", 199)] != nest.ClaimSpeaker {
		t.Errorf("%d roles are claimed", len(s.Claims))
	}
}

func TestSpaceRoles(t *testing.T) {
	for role, want := range map[string]nest.Claim{
		"Moderator": nest.ClaimAdmin,
		"moderator": nest.ClaimAdmin,
		"ADMIN":     nest.ClaimAdmin,
		"Co-Host":   nest.ClaimAdmin,
		"cohost":    nest.ClaimAdmin,
		"owner":     nest.ClaimAdmin,
		"Speaker":   nest.ClaimSpeaker, "speaker ": nest.ClaimSpeaker, "Host": nest.ClaimNone,
		"Participant": nest.ClaimNone, "": nest.ClaimNone, strings.Repeat("speaker", 99): nest.ClaimNone,
	} {
		s := space(t, []string{"d", nestID}, []string{"p", adminKey, "", role})
		if s.Claims[adminKey] != want {
			t.Errorf("role %.20q: got %q, want %q", role, s.Claims[adminKey], want)
		}
	}
	s := space(
		t,
		[]string{"d", nestID},
		[]string{"p", public(t, hostKey), "", "Moderator"},
		[]string{"p", listener},
		[]string{"p", "", "", "Speaker"},
		[]string{"p", strings.ToUpper(hostKey[:63]) + "G", "", "Speaker"},
		[]string{
			"p",
			adminKey,
			"",
			"Speaker",
		},
		[]string{"p", adminKey, "", "Moderator"},
		[]string{"p", adminKey, "", "Speaker"},
	)
	if want := map[string]nest.Claim{adminKey: nest.ClaimAdmin}; !reflect.DeepEqual(s.Claims, want) {
		t.Errorf("got %v, want %v", s.Claims, want)
	}
}

func TestHostileSpace(t *testing.T) {
	tags := [][]string{
		{},
		{"d"},
		{"d", nestID},
		{"d", "another"},
		{"room", "  \u202eevil\u2066\x00 title\nsecond\ufeff " + strings.Repeat("x", 5000)},
		{"summary", "a\x07b\r\nc\u200f" + strings.Repeat("é", 5000)},
		{
			"image",
			"javascript:alert(1)",
		},
		{"color", "red;background:url(//evil)"},
		{"status", "OPEN "},
		{"starts", "1750000000000"},
		{"ends", "-5"},
		{"service", strings.Repeat("x", 5000)},
		{"streaming", "javascript:alert(1)"},
		{"streaming", "data:audio/mp3,x"},
		{
			"relays",
			"https://no.example",
			"ws://user:password@x.example",
			"wss://ok.example",
			"WSS://OK.example:443/",
			"wss://",
			"wss://a b",
		},
	}
	for i := range 100 {
		tags = append(
			tags,
			[]string{"t", fmt.Sprintf("#Tag%d", i/2)},
			[]string{"relays", fmt.Sprintf("wss://r%d.example", i)},
			[]string{"streaming", fmt.Sprintf("https://s%d.example/x", i)},
		)
	}
	s := space(t, tags...)
	if s.ID != nestID || s.Image != "" || s.Color != "" || s.Service != "" || s.Starts != 0 || s.Ends != 0 ||
		s.Status != nest.SpaceOpen {
		t.Errorf("got %+v", s)
	}
	if !strings.HasPrefix(s.Title, "evil title second x") || len([]rune(s.Title)) != nest.TitleMax {
		t.Errorf("title %q", s.Title)
	}
	if !strings.HasPrefix(s.Summary, "ab\ncé") || len([]rune(s.Summary)) != nest.SummaryMax {
		t.Errorf("summary %.20q, %d runes", s.Summary, len([]rune(s.Summary)))
	}
	if len(s.Hashtags) != nest.HashtagsMax || s.Hashtags[0] != "tag0" || s.Hashtags[1] != "tag1" {
		t.Errorf("hashtags %q", s.Hashtags)
	}
	if len(s.Relays) != nest.RelaysMax || s.Relays[0] != "wss://ok.example" || s.Relays[1] != "wss://r0.example" {
		t.Errorf("relays %q", s.Relays)
	}
	if len(s.Streaming) != 10 || s.Streaming[0] != "https://s0.example/x" {
		t.Errorf("streaming %q", s.Streaming)
	}
}

func TestSpaceImage(t *testing.T) {
	for image, want := range map[string]string{
		"https://pictures.example/a.png?w=1":             "https://pictures.example/a.png?w=1",
		"http://localhost:5544/a.png":                    "http://localhost:5544/a.png",
		"http://127.0.0.1/a.png":                         "http://127.0.0.1/a.png",
		"http://pictures.example/a.png":                  "",
		"//pictures.example/a.png":                       "",
		"data:image/png;base64,AAAA":                     "",
		"https://user@pictures.example/a.png":            "",
		"https://pictures.example/a b.png":               "",
		"https://":                                       "",
		"https://x.example/" + strings.Repeat("x", 3000): "",
	} {
		if s := space(t, []string{"d", nestID}, []string{"image", image}); s.Image != want {
			t.Errorf("%.50q: got %q, want %q", image, s.Image, want)
		}
	}
}

// Plain http is accepted for pictures of this server and on loopback. An image tag without a value clears the picture.
func TestSpaceImageOfThisServer(t *testing.T) {
	plain := nip.Codec{PublicURLs: []string{"http://nests.lan:5544"}}
	for _, c := range []struct {
		codec nip.Codec
		image string
		want  string
		none  bool
	}{
		{plain, "http://nests.lan:5544/api/v1/pictures/x", "http://nests.lan:5544/api/v1/pictures/x", false},
		{plain, "http://other.lan:5544/x", "", false},
		{codec, "http://nests.lan:5544/x", "", false},
		{codec, "", "", true},
		{codec, " ", "", true},
	} {
		e := signed(t, hostKey, 30312, []string{"d", nestID}, []string{"image", c.image})
		if s, err := c.codec.ParseSpace(e); err != nil || s.Image != c.want ||
			slices.Contains(s.Cleared, "image") != c.none {
			t.Errorf("%q: %q %v %v", c.image, s.Image, s.Cleared, err)
		}
	}
	e := signed(t, hostKey, 30312, []string{"d", nestID})
	if s, err := codec.ParseSpace(e); err != nil || len(s.Cleared) > 0 {
		t.Errorf("a missing tag cleared the picture: %v", err)
	}
}

func TestNamesThisServer(t *testing.T) {
	for service, want := range map[string]bool{
		server: true, server + "/": true, server + "/api/v1/nests": true, server + "/api/v1/nests/": true,
		"https://NESTS.Example:443/api/v1/nests": true, " " + server: true,
		"http://localhost:5544": true, "http://localhost:5544/api/v1/nests": true,
		"":                                   false,
		"nests.example":                      false,
		"http://nests.example":               false,
		"https://nests.example:8443":         false,
		"https://nests.example.evil.example": false,
		server + "/other":                    false, server + "/api/v1/nests/x": false, server + "?x": false,
		"https://x@nests.example": false, "wss://nests.example": false, "http://localhost:5545": false,
	} {
		if got := codec.NamesThisServer(service); got != want {
			t.Errorf("%q: got %v", service, got)
		}
	}
}

func FuzzSpace(f *testing.F) {
	f.Add("d", nestID, "room", "title")
	f.Add("d", nestID, "relays", "wss://a.example")
	f.Add("d", nestID, "image", "https://[::1%25lo]:1/\u202e")
	f.Add("d", nestID, "streaming", "wss+livekit://a:0443/%zz")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		e := nest.Event{
			Kind:   nest.KindSpace,
			PubKey: hostKey,
			Tags:   [][]string{{a, b}, {c, d}, {c, d, d, d}, {"p", adminKey, b, d}},
		}
		s, err := codec.ParseSpace(e)
		if err != nil {
			return
		}
		if len([]rune(s.Title)) > nest.TitleMax || len([]rune(s.Summary)) > nest.SummaryMax ||
			len(s.Hashtags) > nest.HashtagsMax ||
			len(s.Relays) > nest.RelaysMax {
			t.Fatalf("out of bounds: %+v", s)
		}
		if strings.ContainsAny(s.Title+s.Summary+s.Image+s.Color, "\x00\x1b\u202e\u2066") ||
			strings.Contains(s.Title, "\n") {
			t.Fatalf("hostile text passed: %+v", s)
		}
		for _, relay := range s.Relays {
			if again, err := nip.RelayURL(relay); err != nil || again != relay {
				t.Fatalf("%q is not canonical: %q, %v", relay, again, err)
			}
		}
		codec.NamesThisServer(s.Service)
	})
}
