package diagnose

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// refusalVerdicts maps the error codes of the API.
var refusalVerdicts = map[string]Code{
	"nest_ended": Ended, "nest_not_started": NotStarted, "nest_private": Private, "nest_full": Full, "banned": Banned,
	"guests_not_allowed": GuestsOff, "media_unavailable": MediaDown, "store_unavailable": StoreDown,
	"auth_time": ClockSkew, "auth_url": PublicURL, "auth_replayed": Replayed,
}

// maxSkew is the clock difference that NIP-98 allows, with a margin because the header Date is rounded to seconds.
const maxSkew = 58 * time.Second

// checks judges the answers. It is pure, so that tests cover every combination.
func (s observation) checks(origin string) []Check {
	var checks []Check
	add := func(id, title string, a *answer, f Finding) {
		c := Check{
			ID:       id,
			Title:    title,
			Status:   f.Status,
			Code:     f.Code,
			Summary:  f.Summary,
			Hint:     f.Hint,
			Evidence: f.Evidence,
			scope:    OfNest,
		}
		if c.Evidence == nil {
			c.Evidence = map[string]any{}
		}
		if a != nil {
			c.Evidence["request"], c.TookMS = a.request, a.took.Milliseconds()
			if a.status > 0 {
				c.Evidence["status"] = a.status
			}
			if a.err != nil {
				c.Evidence["error"] = errorText(a.err)
			}
		}
		checks = append(checks, c)
	}
	add("health", "API health", &s.health, s.judgeHealth())
	add("config", "Address of the server", &s.config, s.judgeConfig(origin))
	add("clock", "Clock", nil, s.judgeClock())
	if s.health.triedTLS() {
		add("certificate", "Certificate", nil, judgeCertificate(s.health.cert, s.health.err, s.health.at))
	}
	if s.subject == nil {
		add("list", "List of nests", &s.list, judgeEndpoint(s.list, "The list answers."))
	} else {
		add("info", "Room info", &s.info, s.judgeNest(s.info, "The server knows the nest."))
		add("guest", "Guest access", &s.guest, s.judgeNest(s.guest, "Guests are admitted."))
		if s.member.request != "" {
			add("member", "Authenticated access", &s.member, s.judgeNest(s.member, "Your key is admitted."))
		}
		add("event", "Event of the nest", nil, s.judgeEvent(origin))
	}
	add("own_relay", "Relay of the server", nil, s.relay)
	return checks
}

// conclude adds scenario A, which depends on two endpoints: info knows the nest, but guest refuses.
func (s observation) conclude(checks []Check) Verdict {
	v := Conclude(checks)
	if s.subject != nil && s.info.ok() && !s.guest.ok() && v.Code != Healthy {
		v.Scenario = "A"
	}
	return v
}

// reached reports whether any endpoint answered as a Nests server does, with data or with an error code. A server that
// answers 404 everywhere, also on /health, is some other server.
func (s observation) reached() bool {
	for _, a := range []answer{s.list, s.info, s.guest, s.config} {
		if a.ok() || a.code != "" {
			return true
		}
	}
	return s.healthy()
}

func (s observation) healthy() bool {
	status, _ := s.health.body["status"].(string)
	return s.health.ok() && (status == "healthy" || status == "ok")
}

// host is the nest's host according to the server.
func (s observation) host() string {
	host, _ := s.info.body["host"].(string)
	return host
}

func (s observation) judgeHealth() Finding {
	switch {
	case s.healthy():
		return passed("/health answers.", nil)
	case s.reached():
		return Finding{Status: Warn, Summary: "/health does not answer, but the rest of the API does.",
			Hint: "Make the proxy in front of the server forward /health."}
	case s.health.refusedCertificate():
		return Finding{Status: Unknown, Summary: "/health was not checked, because the certificate is not accepted."}
	case s.health.status == 0 && s.healthTimedOut():
		return Finding{
			Status:  Fail,
			Code:    WrongAPIBase,
			Summary: "Something accepts connections at this address but does not answer.",
		}
	case s.health.err != nil:
		return Finding{Status: Fail, Code: WrongAPIBase, Summary: "Nothing answers at this address."}
	}
	return Finding{
		Status:  Fail,
		Code:    WrongAPIBase,
		Summary: "Something other than a Nests server answers at this address.",
	}
}

func (s observation) healthTimedOut() bool {
	failed, ok := errors.AsType[*url.Error](s.health.err)
	return ok && failed.Timeout()
}

// judgeConfig compares the address that the user typed with the public URLs of the server.
func (s observation) judgeConfig(origin string) Finding {
	if !s.config.ok() {
		return skipped("The server does not publish its addresses; not every implementation does.")
	}
	urls, _ := s.config.body["public_urls"].([]any)
	want, _ := nip.Origin(origin)
	for _, u := range urls {
		if text, _ := u.(string); text == want || text == origin {
			return passed("The server accepts this address as its own.", nil)
		}
	}
	return Finding{Status: Fail, Code: PublicURL,
		Summary:  "The server does not accept this address as its own, so signed requests fail.",
		Evidence: map[string]any{"public_urls": urls}}
}

func (s observation) judgeClock() Finding {
	for _, a := range []answer{s.health, s.config, s.info, s.list} {
		if a.date.IsZero() {
			continue
		}
		off := a.at.Sub(a.date)
		evidence := map[string]any{"off_s": int64(off.Seconds())}
		if off.Abs() > maxSkew {
			return Finding{Status: Fail, Code: ClockSkew, Evidence: evidence,
				Summary: "The clocks of this machine and the server differ too much for signed requests."}
		}
		return passed("This machine's clock agrees with the server's.", evidence)
	}
	return skipped("The server sent no date.")
}

func judgeEndpoint(a answer, good string) Finding {
	switch {
	case a.ok():
		return passed(good, nil)
	case a.err != nil:
		return Finding{Status: Unknown, Summary: "This endpoint does not answer."}
	case a.status == http.StatusOK:
		return Finding{Status: Fail, Summary: "The answer is not from the Nests API."}
	}
	code, known := refusalVerdicts[a.code]
	if !known && a.status == http.StatusUnauthorized {
		code = BadSignature
	}
	status := Fail
	for _, r := range table {
		if r.code == code && r.side == noSide {
			status = Warn
		}
	}
	f := Finding{Status: status, Code: code, Summary: "The server refuses this request."}
	if a.text != "" {
		f.Summary = "The server answers: " + nip.CleanLine(a.text, 120)
	}
	if a.code != "" {
		f.Evidence = map[string]any{"code": a.code}
	}
	return f
}

// judgeNest distinguishes an unknown nest from an ended one: both are a 404.
func (s observation) judgeNest(a answer, good string) Finding {
	f := judgeEndpoint(a, good)
	switch {
	case f.Status != Fail || f.Code != "" || !s.reached(): // the health check reports a server that is not Nests
	case s.info.ok() && a.request != s.info.request:
		f.Summary = "The server knows the nest but issues no token: " + f.Summary
		f.Hint = "Usually the server cannot reach its LiveKit, or their API keys differ; check the server's log."
	case a.status != http.StatusNotFound:
	case !nest.IsID(s.subject.ID) && len(s.spaces) == 0:
		f.Code = WrongRoomID
	default:
		f.Code = UnknownNest
	}
	return f
}

// judgeEvent compares the newest event with the server.
func (s observation) judgeEvent(origin string) Finding {
	host := s.host()
	if host != "" && s.subject.Host != "" && host != s.subject.Host {
		return Finding{Status: Fail, Code: IDMismatch,
			Summary:  "The link and the server name different hosts for this id.",
			Evidence: map[string]any{"host": host, "author": s.subject.Host}}
	}
	if len(s.spaces) == 0 {
		if s.relaysAnswered == 0 {
			return Finding{Status: Warn, Summary: "No relay answered."}
		}
		return Finding{
			Status:   Warn,
			Summary:  "No relay that answered has the event.",
			Evidence: map[string]any{"relays": s.relaysAnswered},
		}
	}
	codec := nip.Codec{PublicURLs: append(s.publicURLs(), origin)}
	space, err := codec.ParseSpace(s.spaces[0])
	if err != nil {
		return Finding{Status: Fail, Code: IDMismatch, Summary: "The event is malformed."}
	}
	evidence := map[string]any{
		"service":          space.Service,
		"event_created_at": s.spaces[0].CreatedAt,
		"event_status":     string(space.Status),
		"author":           space.Host,
	}
	switch {
	case !codec.NamesThisServer(space.Service):
		return Finding{Status: Fail, Code: WrongServer, Summary: "The event names another server.", Evidence: evidence}
	case s.info.status == http.StatusNotFound && s.info.code != "nest_ended" && s.reached():
		return Finding{Status: Fail, Code: OrphanSpace, Evidence: evidence,
			Summary: "The event names this server, but the server does not know the nest."}
	case s.info.code == "nest_ended" && space.Status != nest.SpaceClosed:
		return Finding{Status: Warn, Code: SignatureOwed, Evidence: evidence,
			Summary: "The nest has ended, but its event still shows it as open."}
	}
	return passed("The event names this server.", evidence)
}

func (s observation) publicURLs() []string {
	var urls []string
	listed, _ := s.config.body["public_urls"].([]any)
	for _, u := range listed {
		if text, ok := u.(string); ok {
			urls = append(urls, text)
		}
	}
	return urls
}
