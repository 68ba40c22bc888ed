package nip

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"nests/internal/nest"
)

const (
	maxD         = 128 // bytes; ids of this server are UUIDs, ids of other servers are only shown
	maxStreaming = 10
	maxClaims    = 200 // users with a role: more than any stage holds; each costs a row and an entry of the audit log
	maxHashtag   = 64
	maxSeconds   = 4102444800 // 2100-01-01; a later time is a mistake, mostly milliseconds
)

var colorPattern = regexp.MustCompile(`^[#A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ParseSpace normalises a kind 30312 event of any dialect in use. It checks neither the signature nor which server the
// space names (NamesThisServer does). An invalid tag leaves its field zero; ParseSpace fails only when the event cannot
// be a space.
func (c Codec) ParseSpace(e nest.Event) (nest.Space, error) {
	if e.Kind != nest.KindSpace {
		return nest.Space{}, invalidEvent(fmt.Errorf("kind %d is no space (30312)", e.Kind))
	}
	if !nest.IsPubkey(e.PubKey) {
		return nest.Space{}, invalidEvent(fmt.Errorf("%w: pubkey is not 64 lower-case hex digits", ErrShape))
	}
	d := e.Tag("d")
	if d == "" || len(d) > maxD || !printable(d) {
		return nest.Space{}, invalidEvent(fmt.Errorf("the d tag is missing or not an id"))
	}
	s := nest.Space{Event: e, ID: d, Host: e.PubKey,
		Status:    spaceStatus(e.Tag("status")),
		Title:     CleanLine(firstOf(e.Tag("room"), e.Tag("title"), e.Tag("name")), nest.TitleMax),
		Summary:   cleanText(e.Tag("summary"), nest.SummaryMax),
		Image:     c.imageURL(e.Tag("image")),
		Color:     e.Tag("color"),
		Cleared:   spaceEmptied(e),
		Hashtags:  spaceHashtags(e),
		Service:   bounded(e.Tag("service"), nest.URLMax),
		Streaming: spaceStreaming(e),
		Relays:    spaceRelays(e),
		Starts:    spaceTime(e.Tag("starts")),
		Ends:      spaceTime(e.Tag("ends")),
		Claims:    spaceClaims(e),
	}
	if !colorPattern.MatchString(s.Color) {
		s.Color = ""
	}
	return s, nil
}

func spaceStatus(word string) nest.SpaceStatus {
	switch strings.ToLower(bounded(strings.TrimSpace(word), 16)) {
	case "open", "live":
		return nest.SpaceOpen
	case "private":
		return nest.SpacePrivate
	case "planned":
		return nest.SpacePlanned
	case "closed", "ended":
		return nest.SpaceClosed
	}
	return nest.SpaceUnknown
}

func spaceHashtags(e nest.Event) []string {
	var hashtags []string
	for _, value := range tagValues(e, "t") {
		hashtag := strings.ToLower(strings.TrimLeft(CleanLine(value, maxHashtag), "#"))
		if hashtag != "" && len(hashtags) < nest.HashtagsMax && !slices.Contains(hashtags, hashtag) {
			hashtags = append(hashtags, hashtag)
		}
	}
	return hashtags
}

func spaceStreaming(e nest.Event) []string {
	var urls []string
	for _, value := range tagValues(e, "streaming") {
		u, ok := parseURL(value, "wss+livekit", "ws+livekit", "https", "http", "wss", "ws")
		if ok && len(urls) < maxStreaming && !slices.Contains(urls, u.String()) {
			urls = append(urls, u.String())
		}
	}
	return urls
}

func spaceRelays(e nest.Event) []string {
	var relays []string
	for _, tag := range e.Tags {
		if len(tag) < 2 || tag[0] != "relays" {
			continue
		}
		for _, raw := range tag[1:] {
			relay, err := RelayURL(raw)
			if err == nil && len(relays) < nest.RelaysMax && !slices.Contains(relays, relay) {
				relays = append(relays, relay)
			}
		}
	}
	return relays
}

// spaceTime converts unix seconds to milliseconds. It returns 0 for an invalid or implausible time.
func spaceTime(seconds string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(bounded(seconds, 20)), 10, 64)
	if err != nil || n <= 0 || n > maxSeconds {
		return 0
	}
	return n * 1000
}

// spaceClaims returns the roles in p tags, `["p", key, relay, role]` in all dialects. The author is the host, whatever
// the tags claim, so a p tag neither makes a host nor gives the host a role.
func spaceClaims(e nest.Event) map[string]nest.Claim {
	claims := map[string]nest.Claim{}
	for _, tag := range e.Tags {
		if len(tag) < 4 || tag[0] != "p" || !nest.IsPubkey(tag[1]) || tag[1] == e.PubKey {
			continue
		}
		if _, known := claims[tag[1]]; !known && len(claims) >= maxClaims {
			continue
		}
		if claim := roleClaim(tag[3]); claim == nest.ClaimAdmin ||
			(claim == nest.ClaimSpeaker && claims[tag[1]] == nest.ClaimNone) {
			claims[tag[1]] = claim
		}
	}
	return claims
}

func roleClaim(role string) nest.Claim {
	switch strings.ToLower(strings.TrimSpace(bounded(role, 32))) {
	case "moderator", "admin", "co-host", "cohost", "owner":
		return nest.ClaimAdmin
	case "speaker":
		return nest.ClaimSpeaker
	}
	return nest.ClaimNone
}

// spaceEmptied returns the names of tags without a value: an editor clears a field with them.
func spaceEmptied(e nest.Event) []string {
	var emptied []string
	for _, name := range []string{"summary", "image", "color"} {
		if values := tagValues(e, name); len(values) == 1 && strings.TrimSpace(values[0]) == "" {
			emptied = append(emptied, name)
		}
	}
	return emptied
}

func firstOf(values ...string) string {
	for _, value := range values {
		if strings.TrimSpace(value) != "" {
			return value
		}
	}
	return ""
}

// bounded returns s, or "" when s exceeds limit bytes: a truncated URL or number would mean something else.
func bounded(s string, limit int) string {
	if len(s) > limit {
		return ""
	}
	return s
}
