package nest

import (
	"fmt"
	"slices"
)

// Meeting is one show in a space, as the server says it with its own key: a life of the nest, from its generation's begin to
// its end. It is a projection; what was said last is the stored event.
type Meeting struct {
	ID          string // d tag
	Nest        string
	Host        string
	Title       string
	Status      Status
	Starts      int64 // unix ms, whole seconds; 0: unknown
	Ends        int64 // 0 until it ended
	Count       int   // people inside
	Roles       []MeetingRole
	Relays      []string // where it is published, so that a new relay gets it, too
	PublishedAt int64    // unix ms, whole seconds: the event's created_at
}

// MeetingRole is somebody with a part in the show. A member is a speaker.
type MeetingRole struct {
	Pubkey string
	Role   Role
}

// How often a meeting is said anew (design.md §Invariants, 9), in milliseconds. Status, title and times are said at once.
const (
	countEvery   = 60_000
	peopleEvery  = 10_000 // a stage that is being filled is said once
	refreshEvery = 20 * 60_000
	peopleMax    = 100 // of the p tags, hosts and moderators first
)

func meetingID(nestID string, generation int64) string {
	return fmt.Sprintf("%s:%d", nestID, generation)
}

// nextMeeting compares what a nest is with what was said of this generation last, nil when nothing was. say: m is to be
// signed now; due: it must be looked at again although nobody changes the nest.
func nextMeeting(v View, last *Meeting, relays []string, now int64) (m Meeting, say, due bool) {
	n := v.Nest
	if last == nil && (n.Status == Ended || n.SpaceID == "") || last != nil && last.Status == Ended {
		return m, false, false
	}
	m = Meeting{ID: meetingID(n.ID, n.Generation), Nest: n.ID, Host: n.Host, Title: n.Title, Status: n.Status, Relays: relays, Roles: meetingPeople(v)}
	switch {
	case n.Status == Planned:
		m.Starts = wholeSeconds(n.StartsAt)
	case last != nil && last.Status != Planned:
		m.Starts = last.Starts
	case n.Status == Live:
		m.Starts = wholeSeconds(n.StatusAt)
	default: // ended without having been live
		m.Starts = last.Starts
	}
	switch {
	case n.Status == Ended:
		m.Ends = wholeSeconds(n.EndedAt)
	case n.Status == Live && v.CountKnown:
		m.Count = v.Count
	case n.Status == Live && last != nil:
		m.Count = last.Count // unknown is no news
	}
	m.PublishedAt = wholeSeconds(now)
	if last == nil {
		return m, true, m.Count > 0
	}
	m.PublishedAt = max(m.PublishedAt, last.PublishedAt+1000)
	age := now - last.PublishedAt
	people, count := !slices.Equal(m.Roles, last.Roles), m.Count != last.Count
	switch {
	case m.Status != last.Status || m.Title != last.Title || m.Starts != last.Starts || !slices.Equal(m.Relays, last.Relays),
		people && age >= peopleEvery, count && age >= countEvery,
		m.Count > 0 && age >= refreshEvery: // a nest that nobody is in keeps quiet
		return m, true, m.Count > 0
	}
	return m, false, people || count || m.Count > 0
}

// asEnded is the last word on a meeting whose nest lives another life already.
func (m Meeting) asEnded(now int64) Meeting {
	m.Status, m.Count = Ended, 0
	m.PublishedAt = max(wholeSeconds(now), m.PublishedAt+1000)
	m.Ends = m.PublishedAt
	return m
}

func meetingPeople(v View) []MeetingRole {
	people := []MeetingRole{{v.Nest.Host, RoleHost}}
	for _, pubkey := range v.Admins {
		if pubkey != v.Nest.Host {
			people = append(people, MeetingRole{pubkey, RoleAdmin})
		}
	}
	for _, pubkey := range v.Speakers {
		if pubkey != v.Nest.Host && !slices.Contains(v.Admins, pubkey) {
			people = append(people, MeetingRole{pubkey, RoleMember})
		}
	}
	return people[:min(len(people), peopleMax)]
}

func wholeSeconds(ms int64) int64 { return ms / 1000 * 1000 }
