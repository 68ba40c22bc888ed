package nip

import (
	"slices"
	"strconv"

	"nests/internal/nest"
)

// MeetingEvent returns the unsigned kind 30313 event of a meeting (NIP-53 §Meeting Room Events).
func (c Codec) MeetingEvent(m nest.Meeting) nest.Event {
	address := Address{Kind: nest.KindSpace, Pubkey: m.Host, D: m.Nest}
	tags := [][]string{
		{"d", m.ID},
		{"a", address.String(), c.OwnRelay},
		{"title", m.Title},
		{"status", string(m.Status)},
	}
	if m.Starts > 0 {
		tags = append(tags, []string{"starts", strconv.FormatInt(m.Starts/1000, 10)})
	}
	if m.Ends > 0 {
		tags = append(tags, []string{"ends", strconv.FormatInt(m.Ends/1000, 10)})
	}
	tags = append(tags, []string{"current_participants", strconv.Itoa(m.Count)})
	for _, p := range m.Roles {
		tags = append(tags, []string{"p", p.Pubkey, "", meetingRole(p.Role)})
	}
	if len(m.Relays) > 0 {
		tags = append(tags, append([]string{"relays"}, m.Relays...))
	}
	return nest.Event{Kind: nest.KindMeeting, CreatedAt: m.PublishedAt / 1000, Tags: tags}
}

// ParseMeeting reads an event that MeetingEvent wrote. It returns false when e is no meeting of a nest.
func (c Codec) ParseMeeting(e nest.Event) (nest.Meeting, bool) {
	address, err := ParseAddress(e.Tag("a"))
	status := nest.Status(e.Tag("status"))
	if e.Kind != nest.KindMeeting || err != nil || address.Kind != nest.KindSpace ||
		!slices.Contains([]nest.Status{nest.Planned, nest.Live, nest.Ended}, status) {
		return nest.Meeting{}, false
	}
	m := nest.Meeting{ID: e.Tag("d"), Nest: address.D, Host: address.Pubkey, Title: e.Tag("title"), Status: status,
		Starts: spaceTime(e.Tag("starts")), Ends: spaceTime(e.Tag("ends")), PublishedAt: e.CreatedAt * 1000}
	m.Count, _ = strconv.Atoi(e.Tag("current_participants")) // an invalid number counts as 0
	for _, tag := range e.Tags {
		switch {
		case len(tag) >= 4 && tag[0] == "p":
			m.Roles = append(m.Roles, nest.MeetingRole{Pubkey: tag[1], Role: readMeetingRole(tag[3])})
		case len(tag) >= 2 && tag[0] == "relays":
			m.Relays = tag[1:]
		}
	}
	return m, true
}

// meetingRole returns the spelling of the role in NIP-53.
func meetingRole(role nest.Role) string {
	switch role {
	case nest.RoleHost:
		return "Host"
	case nest.RoleAdmin:
		return "Moderator"
	}
	return "Speaker"
}

func readMeetingRole(role string) nest.Role {
	switch role {
	case "Host":
		return nest.RoleHost
	case "Moderator":
		return nest.RoleAdmin
	}
	return nest.RoleMember
}
