package diagnose

import (
	"net/http"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// refusals are the codes of the API as verdicts.
var refusals = map[string]Code{
	"nest_ended": Ended, "nest_not_started": NotStarted, "nest_private": Private, "nest_full": Full, "banned": Banned,
	"guests_not_allowed": GuestsOff, "media_unavailable": MediaDown, "store_unavailable": StoreDown,
	"auth_time": ClockSkew, "auth_url": PublicURL, "auth_replayed": Replayed,
}

// skewMost is what a signature may be off (NIP-98), less the second that a date is rounded by.
const skewMost = 58 * time.Second

// checks judges what was seen. Pure, so that every combination can be tested.
func (s sight) checks(origin string, now time.Time) []Check {
	var checks []Check
	add := func(id, title string, a *answer, f Finding) {
		c := Check{ID: id, Title: title, Status: f.Status, Code: f.Code, Summary: f.Summary, Hint: f.Hint, Evidence: f.Evidence, scope: OfNest}
		if c.Evidence == nil {
			c.Evidence = map[string]any{}
		}
		if a != nil {
			c.Evidence["request"], c.TookMS = a.asked, a.took.Milliseconds()
			if a.status > 0 {
				c.Evidence["status"] = a.status
			}
			if a.err != nil {
				c.Evidence["error"] = plain(a.err)
			}
		}
		checks = append(checks, c)
	}
	add("health", "API health", &s.health, s.judgeHealth())
	add("config", "Address of the server", &s.config, s.judgeConfig(origin))
	add("clock", "Clock", nil, s.judgeClock(now))
	if s.subject == nil {
		add("list", "List of nests", &s.list, judgeDoor(s.list, "It answers."))
	} else {
		add("info", "Room info", &s.info, s.judgeNest(s.info, "The room is known."))
		add("guest", "Guest access", &s.guest, s.judgeNest(s.guest, "Guests get in."))
		if s.member.asked != "" {
			add("member", "Authenticated access", &s.member, s.judgeNest(s.member, "Your key gets in."))
		}
		add("event", "Event of the nest", nil, s.judgeEvent(origin))
	}
	add("own_relay", "Relay of the server", nil, s.relay)
	return checks
}

// doors are the endpoints that somebody would use.
func (s sight) doors() []answer {
	if s.subject == nil {
		return []answer{s.list}
	}
	return []answer{s.info, s.guest}
}

// reached says whether anything there answered as a Nests server does.
func (s sight) reached() bool {
	for _, a := range append(s.doors(), s.config) {
		if a.ok() || a.code != "" || a.text != "" {
			return true
		}
	}
	return false
}

func (s sight) judgeHealth() Finding {
	status, _ := s.health.body["status"].(string)
	switch {
	case s.health.ok() && status == "healthy":
		return fine("It answers.", nil)
	case s.reached():
		return Finding{Status: Warn, Summary: "It does not answer, but the rest of the API does.",
			Hint: "Let the proxy before the server pass /health on."}
	case s.health.err != nil:
		return Finding{Status: Fail, Code: WrongAPIBase, Summary: "Nothing answers there."}
	}
	return Finding{Status: Fail, Code: WrongAPIBase, Summary: "What answers there is not a Nests server."}
}

// judgeConfig compares the address that was typed with those that the server calls its own.
func (s sight) judgeConfig(origin string) Finding {
	if !s.config.ok() {
		return skipped("The server does not say; others of the family do not.")
	}
	urls, _ := s.config.body["public_urls"].([]any)
	want, _ := nip.Origin(origin)
	for _, u := range urls {
		if text, _ := u.(string); text == want || text == origin {
			return fine("The server knows itself by this address.", nil)
		}
	}
	return Finding{Status: Fail, Code: PublicURL, Summary: "The server does not know itself by this address, so signed requests fail.",
		Evidence: map[string]any{"public_urls": urls}}
}

func (s sight) judgeClock(now time.Time) Finding {
	for _, a := range []answer{s.health, s.config, s.info, s.list} {
		if a.date.IsZero() {
			continue
		}
		off := now.Sub(a.date)
		evidence := map[string]any{"off_s": int64(off.Seconds())}
		if off.Abs() > skewMost {
			return Finding{Status: Fail, Code: ClockSkew, Summary: "The clocks here and there differ too much for signed requests.", Evidence: evidence}
		}
		return fine("It agrees with the server's.", evidence)
	}
	return skipped("The server told no time.")
}

func judgeDoor(a answer, good string) Finding {
	switch {
	case a.ok():
		return fine(good, nil)
	case a.err != nil:
		return Finding{Status: Unknown, Summary: "No answer."}
	}
	code, known := refusals[a.code]
	if !known && a.status == http.StatusUnauthorized {
		code = BadSignature
	}
	status := Fail
	for _, r := range table {
		if r.code == code && r.side == NoSide {
			status = Warn
		}
	}
	f := Finding{Status: status, Code: code, Summary: "It refuses."}
	if a.text != "" {
		f.Summary = "It says: " + nip.CleanLine(a.text, 120)
	}
	if a.code != "" {
		f.Evidence = map[string]any{"code": a.code}
	}
	return f
}

// judgeNest tells an unknown nest from one that ended: both are 404.
func (s sight) judgeNest(a answer, good string) Finding {
	f := judgeDoor(a, good)
	if a.status != http.StatusNotFound || f.Code != "" {
		return f
	}
	switch {
	case !s.reached() || s.health.status == http.StatusNotFound && a.code == "" && a.text == "":
		return f // the health check says what this is
	case !nest.IsID(s.subject.ID) && len(s.spaces) == 0:
		f.Code = WrongRoomID
	case s.info.ok(): // known, and yet this endpoint says it is not
	default:
		f.Code = UnknownNest
	}
	return f
}

// judgeEvent compares the newest event with the server.
func (s sight) judgeEvent(origin string) Finding {
	if len(s.spaces) == 0 {
		if s.asked == 0 {
			return Finding{Status: Warn, Summary: "No relay could be asked for it."}
		}
		return Finding{Status: Warn, Summary: "No relay that was asked has it.", Evidence: map[string]any{"relays": s.asked}}
	}
	codec := nip.Codec{PublicURLs: append(s.publicURLs(), origin)}
	space, err := codec.Space(s.spaces[0])
	if err != nil {
		return Finding{Status: Fail, Code: IDMismatch, Summary: "It cannot be read."}
	}
	evidence := map[string]any{"service": space.Service, "event_created_at": s.spaces[0].CreatedAt, "event_status": string(space.Status), "author": space.Host}
	host, _ := s.info.body["host"].(string)
	switch {
	case !codec.Ours(space.Service):
		return Finding{Status: Fail, Code: WrongServer, Summary: "It names another server.", Evidence: evidence}
	case s.info.ok() && host != "" && s.subject.Host != "" && host != s.subject.Host:
		return Finding{Status: Fail, Code: IDMismatch, Summary: "The server has this id under another host.", Evidence: evidence}
	case s.info.status == http.StatusNotFound && s.info.code != "nest_ended" && s.reached():
		return Finding{Status: Fail, Code: OrphanSpace, Summary: "It names this server, which does not know the nest.", Evidence: evidence}
	case s.info.code == "nest_ended" && space.Status != nest.SpaceClosed:
		return Finding{Status: Warn, Code: SignatureOwed, Summary: "The nest has ended, and its event still says otherwise.", Evidence: evidence}
	}
	return fine("It names this server.", evidence)
}

func (s sight) publicURLs() []string {
	var urls []string
	said, _ := s.config.body["public_urls"].([]any)
	for _, u := range said {
		if text, ok := u.(string); ok {
			urls = append(urls, text)
		}
	}
	return urls
}
