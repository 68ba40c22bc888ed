package nip_test

import (
	"reflect"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

// A meeting survives writing and reading: the difference to the stored one decides what is published.
func TestMeetingRoundTrip(t *testing.T) {
	host := strings.Repeat("a", 64)
	m := nest.Meeting{
		ID:          "id:2",
		Nest:        "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11",
		Host:        host,
		Title:       "Morning \"coffee\"",
		Status:      nest.Ended,
		Starts:      1_750_000_000_000,
		Ends:        1_750_000_060_000,
		Count:       12,
		PublishedAt: 1_750_000_061_000,
		Relays:      []string{"wss://ours.example/relay", "wss://a.example"},
		Roles: []nest.MeetingRole{
			{Pubkey: host, Role: nest.RoleHost},
			{Pubkey: strings.Repeat("b", 64), Role: nest.RoleAdmin},
			{Pubkey: strings.Repeat("c", 64), Role: nest.RoleMember},
		},
	}
	codec := nip.Codec{OwnRelay: "wss://ours.example/relay"}
	e := codec.MeetingEvent(m)
	if e.Kind != 30313 || e.Tag("a") != "30312:"+host+":"+m.Nest || e.Tag("status") != "ended" ||
		e.Tag("starts") != "1750000000" ||
		e.Tag("ends") != "1750000060" ||
		e.Tag("current_participants") != "12" {
		t.Errorf("wrote %v", e.Tags)
	}
	if got, ok := codec.ParseMeeting(e); !ok || !reflect.DeepEqual(got, m) {
		t.Errorf("read  %+v\nwrote %+v", got, m)
	}
	for _, tags := range [][][]string{
		nil, {{"a", "30311:" + host + ":x"}, {"status", "live"}}, {{"a", "30312:" + host + ":x"}, {"status", "open"}},
	} {
		if m, ok := codec.ParseMeeting(nest.Event{Kind: 30313, Tags: tags}); ok {
			t.Errorf("%v read as %+v", tags, m)
		}
	}
}
