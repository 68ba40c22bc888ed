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
	maxD         = 128 // bytes; ours are UUIDs, other servers' ids are only shown
	maxStreaming = 10
	maxClaims    = 200 // people with a role: more than any stage holds, and each is a row and a line of the audit log
	maxHashtag   = 64
	maxSeconds   = 4102444800 // 2100-01-01: later is a mistake, most often milliseconds
)

var colorPattern = regexp.MustCompile(`^[#A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ParseSpace normalises a 30312 of any dialect in the field. It does not verify the signature, and it does not ask whose
// server the space names: see Ours. What is junk in one tag leaves that field zero; only an event that cannot be a
// space at all fails.
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

// spaceTime is unix seconds as milliseconds; 0 when it is no time that anybody can have meant.
func spaceTime(seconds string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(bounded(seconds, 20)), 10, 64)
	if err != nil || n <= 0 || n > maxSeconds {
		return 0
	}
	return n * 1000
}

// spaceClaims are the roles of p tags, `["p", key, relay, role]` in both dialects and in the MoQ one. The host is the
// author whatever a tag says, so nobody becomes host here and nothing is claimed for him.
func spaceClaims(e nest.Event) map[string]nest.Claim {
	claims := map[string]nest.Claim{}
	for _, tag := range e.Tags {
		if len(tag) < 4 || tag[0] != "p" || !nest.IsPubkey(tag[1]) || tag[1] == e.PubKey {
			continue
		}
		if _, known := claims[tag[1]]; !known && len(claims) >= maxClaims {
			continue
		}
		if claim := roleClaim(tag[3]); claim == nest.ClaimAdmin || (claim == nest.ClaimSpeaker && claims[tag[1]] == nest.ClaimNone) {
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

// spaceEmptied names the tags that are there without a value: an editor takes back by them what it said before.
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

// bounded is s, or "" when it is longer than any honest value: a cut URL or number would mean something else.
func bounded(s string, limit int) string {
	if len(s) > limit {
		return ""
	}
	return s
}
