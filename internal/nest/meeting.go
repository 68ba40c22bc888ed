package nest

import (
	"fmt"
	"slices"
)

// Meeting is one generation of a nest, from its start to its end, which the server publishes as a kind 30313 with its
// own key. The stored event is the meeting as last published.
type Meeting struct {
	ID          string // d tag
	Nest        string
	Host        string
	Title       string
	Status      Status
	Starts      int64 // unix ms, whole seconds; 0: unknown
	Ends        int64 // unix ms; 0 until it ends
	Count       int   // participants
	Roles       []MeetingRole
	Relays      []string // where it is published; a new relay has to get it too
	PublishedAt int64    // unix ms, whole seconds: the event's created_at
}

// MeetingRole is a p tag of a meeting. RoleMember stands for a speaker.
type MeetingRole struct {
	Pubkey string
	Role   Role
}

// How often a meeting is published again, in milliseconds. Changes of status, title and times are published at once.
const (
	countInterval   = 60_000
	rolesInterval   = 10_000 // several changes of the stage become one event
	refreshInterval = 20 * 60_000
	maxMeetingRoles = 100 // the host and moderators first
)

func meetingID(nestID string, generation int64) string {
	return fmt.Sprintf("%s:%d", nestID, generation)
}

// nextMeeting compares a nest with the last published meeting of this generation, which may be nil. mustPublish: m is
// to be signed now. isDue: it has to be compared again later even if the nest does not change.
func nextMeeting(v View, last *Meeting, relays []string, now int64) (m Meeting, mustPublish, isDue bool) {
	n := v.Nest
	if last == nil && (n.Status == Ended || n.SpaceID == "") || last != nil && last.Status == Ended {
		return m, false, false
	}
	m = Meeting{
		ID:     meetingID(n.ID, n.Generation),
		Nest:   n.ID,
		Host:   n.Host,
		Title:  n.Title,
		Status: n.Status,
		Relays: relays,
		Roles:  meetingRoles(v),
	}
	switch {
	case n.Status == Planned:
		m.Starts = wholeSeconds(n.StartsAt)
	case last != nil && last.Status != Planned:
		m.Starts = last.Starts
	case n.Status == Live:
		m.Starts = wholeSeconds(n.StatusAt)
	default: // ended before it was live
		m.Starts = last.Starts
	}
	switch {
	case n.Status == Ended:
		m.Ends = wholeSeconds(n.EndedAt)
	case n.Status == Live && v.CountKnown:
		m.Count = v.Count
	case n.Status == Live && last != nil:
		m.Count = last.Count // an unknown count is not a change
	}
	m.PublishedAt = wholeSeconds(now)
	if last == nil {
		return m, true, m.Count > 0
	}
	m.PublishedAt = max(m.PublishedAt, last.PublishedAt+1000)
	age := now - last.PublishedAt
	rolesChanged, countChanged := !slices.Equal(m.Roles, last.Roles), m.Count != last.Count
	factsChanged := m.Status != last.Status || m.Title != last.Title || m.Starts != last.Starts ||
		!slices.Equal(m.Relays, last.Relays)
	switch {
	case factsChanged,
		rolesChanged && age >= rolesInterval,
		countChanged && age >= countInterval,
		m.Count > 0 && age >= refreshInterval: // an empty nest is not refreshed
		return m, true, m.Count > 0
	}
	return m, false, rolesChanged || countChanged || m.Count > 0
}

// asEnded ends the meeting of an earlier generation.
func (m Meeting) asEnded(now int64) Meeting {
	m.Status, m.Count = Ended, 0
	m.PublishedAt = max(wholeSeconds(now), m.PublishedAt+1000)
	m.Ends = m.PublishedAt
	return m
}

// meetingRoles lists the host, then moderators, then the other speakers.
func meetingRoles(v View) []MeetingRole {
	roles := []MeetingRole{{v.Nest.Host, RoleHost}}
	for _, pubkey := range v.Admins {
		if pubkey != v.Nest.Host {
			roles = append(roles, MeetingRole{pubkey, RoleAdmin})
		}
	}
	for _, pubkey := range v.Speakers {
		if pubkey != v.Nest.Host && !slices.Contains(v.Admins, pubkey) {
			roles = append(roles, MeetingRole{pubkey, RoleMember})
		}
	}
	return roles[:min(len(roles), maxMeetingRoles)]
}

func wholeSeconds(ms int64) int64 { return ms / 1000 * 1000 }
