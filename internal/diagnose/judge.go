package diagnose

import (
	"errors"
	"net/http"
	"net/url"
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
func (s sight) checks(origin string) []Check {
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
	add("clock", "Clock", nil, s.judgeClock())
	if s.health.secure() {
		add("certificate", "Certificate", nil, judgeCertificate(s.health.cert, s.health.err, s.health.at))
	}
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

// conclude also knows scenario A, which hangs on two endpoints: the room is known, and guests are refused.
func (s sight) conclude(checks []Check) Verdict {
	v := Conclude(checks)
	if s.subject != nil && s.info.ok() && !s.guest.ok() && v.Code != Healthy {
		v.Scenario = "A"
	}
	return v
}

// reached says whether a Nests server answered anywhere: one that does well at an endpoint, or refuses in the family's words
// while its health endpoint answers at all. That every endpoint says 404 alike, /health too, is some other server.
func (s sight) reached() bool {
	for _, a := range []answer{s.list, s.info, s.guest, s.config} {
		if a.ok() || a.code != "" {
			return true
		}
	}
	return s.healthy()
}

func (s sight) healthy() bool {
	status, _ := s.health.body["status"].(string)
	return s.health.ok() && (status == "healthy" || status == "ok")
}

// host is whom the server names as the nest's.
func (s sight) host() string {
	host, _ := s.info.body["host"].(string)
	return host
}

func (s sight) judgeHealth() Finding {
	switch {
	case s.healthy():
		return fine("It answers.", nil)
	case s.reached():
		return Finding{Status: Warn, Summary: "It does not answer, but the rest of the API does.",
			Hint: "Let the proxy before the server pass /health on."}
	case s.health.refusedCertificate():
		return Finding{Status: Unknown, Summary: "It was not asked: the certificate is not accepted."}
	case s.health.status == 0 && s.late():
		return Finding{Status: Fail, Code: WrongAPIBase, Summary: "Something takes connections there, and does not answer."}
	case s.health.err != nil:
		return Finding{Status: Fail, Code: WrongAPIBase, Summary: "Nothing answers there."}
	}
	return Finding{Status: Fail, Code: WrongAPIBase, Summary: "What answers there is not a Nests server."}
}

func (s sight) late() bool {
	failed, ok := errors.AsType[*url.Error](s.health.err)
	return ok && failed.Timeout()
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

func (s sight) judgeClock() Finding {
	for _, a := range []answer{s.health, s.config, s.info, s.list} {
		if a.date.IsZero() {
			continue
		}
		off := a.at.Sub(a.date)
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
	case a.status == http.StatusOK:
		return Finding{Status: Fail, Summary: "What answers is not the API."}
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
	switch {
	case f.Status != Fail || f.Code != "" || !s.reached(): // the health check says what is not the API
	case s.info.ok() && a.asked != s.info.asked:
		f.Summary, f.Hint = "The room is known, and yet no token is given: "+f.Summary,
			"Most often such a server does not reach its LiveKit, or has another key than it; its log says so."
	case a.status != http.StatusNotFound:
	case !nest.IsID(s.subject.ID) && len(s.spaces) == 0:
		f.Code = WrongRoomID
	default:
		f.Code = UnknownNest
	}
	return f
}

// judgeEvent compares the newest event with the server.
func (s sight) judgeEvent(origin string) Finding {
	host := s.host()
	if host != "" && s.subject.Host != "" && host != s.subject.Host {
		return Finding{Status: Fail, Code: IDMismatch, Summary: "The server has this id under another host than the link.",
			Evidence: map[string]any{"host": host, "author": s.subject.Host}}
	}
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
	switch {
	case !codec.Ours(space.Service):
		return Finding{Status: Fail, Code: WrongServer, Summary: "It names another server.", Evidence: evidence}
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
