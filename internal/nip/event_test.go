package nip_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

// foreignEvent was signed by other software, so ids and signatures are not only checked against this package.
const foreignEvent = `{"kind":1,"id":"dc90c95f09947507c1044e8f48bcf6350aa6bff1507dd4acfc755b9239b5c962","pubkey":"3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d","created_at":1644271588,"tags":[],"content":"now that https://blueskyweb.org/blog/2-7-2022-overview was announced we can stop working on nostr?","sig":"230e9d8f0ddaf7eb70b5f7741ccfa37e87a455c9a469282e3464e2052d3192cd63a167e196e381ef9d7e69e9ea43af2443b839974dc85d8aaab9efe1d9296524"}`

func signed(t testing.TB, secret string, kind int, tags ...[]string) nest.Event {
	t.Helper()
	e := nest.Event{Kind: kind, CreatedAt: 1750000000, Tags: tags}
	if err := nip.Sign(secret, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseAndVerifyForeignEvent(t *testing.T) {
	e, err := nip.Parse([]byte(foreignEvent))
	if err != nil {
		t.Fatal(err)
	}
	if err := nip.Verify(e); err != nil {
		t.Fatal(err)
	}
}

func TestSignedEventSurvivesJSON(t *testing.T) {
	e := nest.Event{
		Kind:      1,
		CreatedAt: 1750000000,
		Content:   "quote \" slash \\ line\n tab\t bell\a nul\x00 del\x7f <&> é 🎙 \u2028",
		Tags:      [][]string{{"a"}, {}, {"t", "x\x1f"}},
	}
	if err := nip.Sign(nip.NewKey(), &e); err != nil {
		t.Fatal(err)
	}
	again, err := nip.Parse(encode(t, e))
	if err != nil {
		t.Fatal(err)
	}
	if err := nip.Verify(again); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	good := signed(t, nip.NewKey(), 1, []string{"p", "x"})
	other := signed(t, nip.NewKey(), 1)
	for name, test := range map[string]struct {
		change func(*nest.Event)
		want   error
	}{
		"content changed":   {func(e *nest.Event) { e.Content = "x" }, nip.ErrID},
		"tag changed":       {func(e *nest.Event) { e.Tags = nil }, nip.ErrID},
		"kind changed":      {func(e *nest.Event) { e.Kind = 7 }, nip.ErrID},
		"time changed":      {func(e *nest.Event) { e.CreatedAt++ }, nip.ErrID},
		"author changed":    {func(e *nest.Event) { e.PubKey = other.PubKey }, nip.ErrID},
		"foreign signature": {func(e *nest.Event) { e.Sig = other.Sig }, nip.ErrSignature},
		"zero signature":    {func(e *nest.Event) { e.Sig = strings.Repeat("0", 128) }, nip.ErrSignature},
		"upper-case id":     {func(e *nest.Event) { e.ID = strings.Repeat("A", 64) }, nip.ErrShape},
		"short key":         {func(e *nest.Event) { e.PubKey = e.PubKey[:62] }, nip.ErrShape},
		"kind out of range": {func(e *nest.Event) { e.Kind += 65536 }, nip.ErrShape},
		"negative kind":     {func(e *nest.Event) { e.Kind = -1 }, nip.ErrShape},
		"time out of range": {func(e *nest.Event) { e.CreatedAt = 1 << 60 }, nip.ErrShape},
		"negative time":     {func(e *nest.Event) { e.CreatedAt = -1 }, nip.ErrShape},
		"too many tags":     {func(e *nest.Event) { e.Tags = make([][]string, nip.MaxTags+1) }, nip.ErrShape},
		"too many tag items": {
			change: func(e *nest.Event) {
				e.Tags = [][]string{make([]string, nip.MaxTagItems+1)}
			},
			want: nip.ErrShape,
		},
		"too large": {
			change: func(e *nest.Event) {
				e.Content = strings.Repeat("x", nip.MaxEventBytes)
			},
			want: nip.ErrShape,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := good
			test.change(&e)
			err := nip.Verify(e)
			if !errors.Is(err, test.want) || nest.CodeOf(err) != nest.CodeInvalidEvent {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	if err := nip.Verify(good); err != nil {
		t.Fatalf("the untouched event: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":        ``,
		"null":           `null`,
		"an array":       `[]`,
		"cut":            foreignEvent[:100],
		"two events":     foreignEvent + foreignEvent,
		"junk behind":    foreignEvent + "x",
		"field missing":  strings.Replace(foreignEvent, `"tags":[],`, ``, 1),
		"tags null":      strings.Replace(foreignEvent, `"tags":[]`, `"tags":null`, 1),
		"tags flat":      strings.Replace(foreignEvent, `"tags":[]`, `"tags":["a"]`, 1),
		"number in tag":  strings.Replace(foreignEvent, `"tags":[]`, `"tags":[["a",1]]`, 1),
		"kind text":      strings.Replace(foreignEvent, `"kind":1`, `"kind":"1"`, 1),
		"kind fraction":  strings.Replace(foreignEvent, `"kind":1`, `"kind":1.5`, 1),
		"time overflows": strings.Replace(foreignEvent, `1644271588`, `99999999999999999999`, 1),
		"too large": strings.Replace(
			foreignEvent, `"tags"`, `"x":"`+strings.Repeat("x", nip.MaxEventBytes)+`","tags"`, 1,
		),
	} {
		t.Run(name, func(t *testing.T) {
			if e, err := nip.Parse([]byte(data)); nest.CodeOf(err) != nest.CodeInvalidEvent {
				t.Fatalf("got %+v, %v", e, err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	// The key of the generator point, from SEC 2.
	public, err := nip.PublicKey(strings.Repeat("0", 63) + "1")
	if err != nil || public != "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" {
		t.Fatal(public, err)
	}
	for _, bad := range []string{"", "zz", strings.Repeat("0", 64), strings.Repeat("A", 64)} {
		if _, err := nip.PublicKey(bad); err == nil {
			t.Errorf("%q passed for a secret key", bad)
		}
		if err := nip.Sign(bad, &nest.Event{}); err == nil {
			t.Errorf("%q signed", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(foreignEvent))
	f.Add([]byte(`{"id":"","tags":[[null]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := nip.Parse(data)
		if err != nil {
			return
		}
		again, err := nip.Parse(encode(t, e))
		if err != nil || again.ID != e.ID || len(again.Tags) != len(e.Tags) {
			// Escaping may push an event over the bound. Nothing else may change.
			if len(encode(t, e)) <= nip.MaxEventBytes {
				t.Fatalf("%+v came back as %+v, %v", e, again, err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	e := signed(
		b,
		nip.NewKey(),
		30312,
		[]string{"d", "id"},
		[]string{"room", "Morning coffee"},
		[]string{"service", "https://nests.example"},
	)
	for b.Loop() {
		if err := nip.Verify(e); err != nil {
			b.Fatal(err)
		}
	}
}
