package nest

import (
	"strings"
	"testing"
)

// A meeting is published again after some changes and intervals only.
func TestNextMeeting(t *testing.T) {
	const now = 1_750_000_000_000
	host, ann, bob := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	live := View{
		Nest: Nest{
			ID:         "id",
			Host:       host,
			Status:     Live,
			SpaceID:    "e",
			Title:      "Coffee",
			StatusAt:   now - 500,
			Generation: 2,
		},
		Admins:     []string{host},
		Speakers:   []string{host},
		CountKnown: true,
	}
	relays := []string{"wss://ours", "wss://a"}
	published, _, _ := nextMeeting(live, nil, relays, now)
	for _, c := range []struct {
		name      string
		after     int64
		nest      func(v *View)
		published func(m *Meeting)
		say       bool
		due       bool
	}{
		{"nothing changed", 3600_000, nil, nil, false, false},
		{"the title", 1000, func(v *View) { v.Nest.Title = "Tea" }, nil, true, false},
		{"it ended", 1000, func(v *View) { v.Nest.Status, v.Nest.EndedAt = Ended, now+900 }, nil, true, false},
		{
			name:      "it is planned again",
			after:     1000,
			nest:      func(v *View) { v.Nest.Status, v.Nest.StartsAt = Planned, now+5e6 },
			published: nil,
			say:       true,
			due:       false,
		},
		{
			name:      "another space of the same words",
			after:     3600_000,
			nest:      func(v *View) { v.Nest.SpaceID, v.Nest.StatusAt, v.Nest.Revision = "f", now, 9 },
			published: nil,
			say:       false,
			due:       false,
		},
		{"a speaker, at once", 9_000, func(v *View) { v.Speakers = []string{host, ann} }, nil, false, true},
		{"a speaker, after a moment", 10_000, func(v *View) { v.Speakers = []string{host, ann} }, nil, true, false},
		{"a moderator", 10_000, func(v *View) { v.Admins = []string{host, bob} }, nil, true, false},
		{"a participant joined", 59_000, func(v *View) { v.Count = 1 }, nil, false, true},
		{"a participant joined a minute ago", 60_000, func(v *View) { v.Count = 1 }, nil, true, true},
		{"all left", 60_000, nil, func(m *Meeting) { m.Count = 4 }, true, false},
		{"the same number", 60_000, func(v *View) { v.Count = 4 }, func(m *Meeting) { m.Count = 4 }, false, true},
		{
			name:      "the same number for long",
			after:     20 * 60_000,
			nest:      func(v *View) { v.Count = 4 },
			published: func(m *Meeting) { m.Count = 4 },
			say:       true,
			due:       true,
		},
		{
			name:      "the participants are unknown",
			after:     60_000,
			nest:      func(v *View) { v.CountKnown, v.Count = false, 0 },
			published: func(m *Meeting) { m.Count = 4 },
			say:       false,
			due:       true,
		},
		{
			name:      "over is over",
			after:     60_000,
			nest:      func(v *View) { v.Nest.Status, v.Nest.Title = Ended, "x" },
			published: func(m *Meeting) { m.Status = Ended },
			say:       false,
			due:       false,
		},
		{"a relay is new", 1000, nil, func(m *Meeting) { m.Relays = relays[:1] }, true, false},
		{"the clock went back", -3600_000, func(v *View) { v.Count = 7 }, nil, false, true},
	} {
		v, last := live, published
		if c.nest != nil {
			c.nest(&v)
		}
		if c.published != nil {
			c.published(&last)
		}
		m, say, due := nextMeeting(v, &last, relays, now+c.after)
		if say != c.say || due != c.due {
			t.Errorf("%s: publish %v, due %v", c.name, say, due)
		}
		if say && m.PublishedAt <= last.PublishedAt {
			t.Errorf("%s: published at %d, no later than %d", c.name, m.PublishedAt, last.PublishedAt)
		}
	}
}

func TestFirstMeeting(t *testing.T) {
	const now = 1_750_000_000_000
	v := View{
		Nest:       Nest{ID: "id", Host: "h", Status: Planned, SpaceID: "e", StartsAt: now + 3600_500, Generation: 1},
		CountKnown: true,
		Count:      3,
	}
	m, say, due := nextMeeting(v, nil, nil, now)
	if !say || due || m.ID != "id:1" || m.Starts != now+3600_000 || m.Count != 0 {
		t.Errorf("planned: %+v, publish %v, due %v", m, say, due)
	}
	v.Nest.Status, v.Nest.StatusAt = Live, now+7_200_999
	m, say, due = nextMeeting(v, &m, nil, now+7_201_000)
	if !say || !due || m.Starts != now+7_200_000 || m.Count != 3 || m.Ends != 0 {
		t.Errorf("live: %+v, publish %v, due %v", m, say, due)
	}
	v.Nest.Status, v.Nest.EndedAt = Ended, now+9_000_999
	m, say, due = nextMeeting(v, &m, nil, now+9_001_000)
	if !say || due || m.Starts != now+7_200_000 || m.Ends != now+9_000_000 || m.Count != 0 {
		t.Errorf("ended: %+v, publish %v, due %v", m, say, due)
	}
	if _, say, _ := nextMeeting(v, nil, nil, now); say {
		t.Error("the end of a meeting that was never published is published")
	}
	v.Nest.Status, v.Nest.SpaceID = Live, ""
	if _, say, _ := nextMeeting(v, nil, nil, now); say {
		t.Error("a meeting refers to a space that does not exist")
	}
}
