package diagnose

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// Outside diagnoses any server of the family as anybody can: over its public contract.
type Outside struct {
	URL    string // as a person types it; a path of the API after it is fine
	Public string // the origin it is known by, where that is another: behind a proxy on this machine
	HTTP   *http.Client
	Now    func() time.Time
	// Authorize signs a request for a URL under Public (NIP-98). Nil: as a guest.
	Authorize func(method, url string) (http.Header, error)
	// Fetch asks a relay.
	Fetch func(ctx context.Context, relay string, filter nest.EventFilter) ([]nest.Event, error)
}

// Subject is a nest as it was named: by its id, or by a link whose author and relays are known too.
type Subject struct {
	ID     string
	Host   string // "" when only the id is known
	Relays []string
}

// ParseSubject reads an id or an naddr, with or without the address of a page before it.
func ParseSubject(text string) Subject {
	text = strings.TrimSuffix(text, "/")
	text = strings.TrimPrefix(text[strings.LastIndex(text, "/")+1:], "nostr:")
	if a, err := nip.ParseAddress(text); err == nil {
		return Subject{ID: a.D, Host: a.Pubkey, Relays: a.Relays}
	}
	return Subject{ID: text}
}

// answer is what one endpoint said.
type answer struct {
	status int
	code   string // of the error body
	text   string
	body   map[string]any
	date   time.Time
	err    error
	took   time.Duration
	asked  string // method and path
}

func (a answer) ok() bool { return a.err == nil && a.status == http.StatusOK }

// origin is the server without what people leave on its address.
func (o Outside) origin() string {
	base := strings.TrimRight(o.URL, "/")
	base = strings.TrimSuffix(base, nip.APIPath)
	return strings.TrimRight(base, "/")
}

func (o Outside) public() string { return cmp.Or(o.Public, o.origin()) }

func (o Outside) get(ctx context.Context, path string, header http.Header) answer {
	began := time.Now()
	a := answer{asked: "GET " + path}
	ctx, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.origin()+path, nil)
	if err != nil {
		a.err = err
		return a
	}
	if header != nil {
		r.Header = header
	}
	r.Header.Set("Accept", "application/json")
	said, err := o.HTTP.Do(r)
	a.took = time.Since(began)
	if err != nil {
		a.err = err
		return a
	}
	defer said.Body.Close()
	a.status = said.StatusCode
	a.date, _ = http.ParseTime(said.Header.Get("Date"))
	data, err := readAll(said.Body)
	a.err = err
	if json.Unmarshal(data, &a.body) != nil {
		a.body = nil
	}
	a.code, _ = a.body["code"].(string)
	a.text, _ = a.body["error"].(string)
	return a
}

// Server looks at the server alone; Nest at one nest, too.
func (o Outside) Server(ctx context.Context) Report { return o.run(ctx, nil) }

// Nest also finds the nest's event and compares it with what the server says.
func (o Outside) Nest(ctx context.Context, subject Subject) Report { return o.run(ctx, &subject) }

func (o Outside) run(ctx context.Context, subject *Subject) Report {
	seen := o.look(ctx, subject)
	checks := seen.checks(o.public(), o.Now())
	r := Report{At: o.Now().UnixMilli(), Checks: checks, Drifts: []Drift{}}
	if subject != nil {
		r.Nest = subject.ID
	}
	if own := seen.report; own != nil {
		r.Version = own.Version
		for _, c := range own.Checks {
			c.Title = "Server: " + c.Title
			r.Checks = append(r.Checks, c)
		}
		r.Drifts = own.Drifts
	}
	r.Verdict = Conclude(r.Checks)
	if seen.subject != nil && seen.info.ok() && !seen.guest.ok() && r.Verdict.Code != Healthy {
		r.Verdict.Scenario = "A"
	}
	return r
}

// sight is everything that was seen from outside, before anybody judges it.
type sight struct {
	subject *Subject
	health  answer
	config  answer
	list    answer
	info    answer
	guest   answer
	member  answer
	relay   Finding
	spaces  []nest.Event // of the subject, newest first; of its host alone when that is known
	asked   int          // relays that answered
	report  *Report      // the server's own
}

func (o Outside) look(ctx context.Context, subject *Subject) sight {
	s := sight{subject: subject}
	s.health = o.get(ctx, "/health", nil)
	s.config = o.get(ctx, "/api/v1/config", nil)
	if subject == nil {
		s.list = o.get(ctx, nip.APIPath, nil)
	} else {
		path := nip.APIPath + "/" + url.PathEscape(subject.ID)
		s.info = o.get(ctx, path+"/info", nil)
		s.guest = o.get(ctx, path+"/guest", nil)
		if o.Authorize != nil {
			s.member = o.signed(ctx, path)
		}
	}
	s.relay = o.relay(ctx, s)
	if subject != nil {
		o.findSpaces(ctx, &s)
	}
	s.report = o.own(ctx, subject)
	return s
}

func (o Outside) signed(ctx context.Context, path string) answer {
	header, err := o.Authorize(http.MethodGet, o.public()+path)
	if err != nil {
		return answer{asked: "GET " + path, err: err}
	}
	return o.get(ctx, path, header)
}

// own is the server's own report, where it has one.
func (o Outside) own(ctx context.Context, subject *Subject) *Report {
	path := "/api/v1/diagnostics"
	if subject != nil {
		if !nest.IsID(subject.ID) {
			return nil
		}
		path = nip.APIPath + "/" + subject.ID + "/diagnostics"
	}
	var a answer
	if o.Authorize != nil {
		a = o.signed(ctx, path)
	} else {
		a = o.get(ctx, path, nil)
	}
	if !a.ok() {
		return nil
	}
	data, err := json.Marshal(a.body)
	if err != nil {
		return nil
	}
	var r Report
	if json.Unmarshal(data, &r) != nil || r.Verdict.Code == "" {
		return nil
	}
	return &r
}

// relay asks the server's relay, which its config names, for nothing in particular.
func (o Outside) relay(ctx context.Context, s sight) Finding {
	address, _ := s.config.body["relay"].(string)
	if address == "" {
		return skipped("The server names no relay of its own.")
	}
	_, err := o.Fetch(ctx, address, nest.EventFilter{Kinds: []int{nest.KindSpace}, Limit: 1})
	if err != nil {
		return Finding{Status: Fail, Code: RelayDown, Summary: "It does not answer a subscription.",
			Evidence: map[string]any{"relay": address, "error": plain(err)}}
	}
	return fine("It answers a subscription.", map[string]any{"relay": address})
}

// findSpaces looks for the nest's event on the server's relay and on those that its link names.
func (o Outside) findSpaces(ctx context.Context, s *sight) {
	relays := s.subject.Relays[:min(len(s.subject.Relays), relaysMost)]
	if own, _ := s.config.body["relay"].(string); own != "" {
		relays = append([]string{own}, relays...)
	}
	filter := nest.EventFilter{Kinds: []int{nest.KindSpace}, Tags: map[string][]string{"d": {s.subject.ID}}, Limit: 10}
	if s.subject.Host != "" {
		filter.Authors = []string{s.subject.Host}
	}
	for _, relay := range relays {
		events, err := o.Fetch(ctx, relay, filter)
		if err != nil {
			continue
		}
		s.asked++
		s.spaces = append(s.spaces, events...)
	}
	slices.SortFunc(s.spaces, func(a, b nest.Event) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
}
