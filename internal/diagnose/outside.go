package diagnose

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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
	date   time.Time         // by its header
	cert   *x509.Certificate // it came under, or was refused for
	at     time.Time         // when it came
	err    error
	took   time.Duration
	asked  string // method and path
	field  string // the text without which it is no answer of this endpoint, "" for any object
}

// ok is an answer of the API: what some proxy puts in the place of everything is none.
func (a answer) ok() bool {
	text, _ := a.body[a.field].(string)
	return a.err == nil && a.status == http.StatusOK && a.body != nil && (a.field == "" || text != "")
}

// secure says whether there was a certificate to look at, or none where there should have been one.
func (a answer) secure() bool {
	alert, told := errors.AsType[*net.OpError](a.err) // the only way to know it: crypto/tls keeps the type of an alert to itself
	return a.cert != nil || told && alert.Op == "remote error"
}

func (a answer) refusedCertificate() bool { return a.err != nil && a.secure() }

// origin is the server without what people leave on its address.
func (o Outside) origin() string {
	base := strings.TrimRight(o.URL, "/")
	base = strings.TrimSuffix(base, nip.APIPath)
	return strings.TrimRight(base, "/")
}

func (o Outside) public() string { return cmp.Or(o.Public, o.origin()) }

func (o Outside) within(ctx context.Context, most time.Duration, path string, header http.Header) answer {
	began := time.Now()
	a := answer{asked: "GET " + path}
	ctx, cancel := context.WithTimeout(ctx, most)
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
	a.at = o.Now()
	if err != nil {
		a.err, a.cert = err, presented(tls.ConnectionState{}, err)
		return a
	}
	defer said.Body.Close()
	a.status = said.StatusCode
	a.date, _ = http.ParseTime(said.Header.Get("Date"))
	if said.TLS != nil {
		a.cert = presented(*said.TLS, nil)
	}
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
func (o Outside) Report(ctx context.Context) Report { return o.run(ctx, nil) }

// Nest also finds the nest's event and compares it with what the server says.
func (o Outside) NestReport(ctx context.Context, subject Subject) Report { return o.run(ctx, &subject) }

func (o Outside) run(ctx context.Context, subject *Subject) Report {
	seen := o.look(ctx, subject)
	checks := seen.checks(o.public())
	r := Report{At: o.Now().UnixMilli(), Checks: checks, Drifts: []Drift{}}
	if subject != nil {
		r.Nest = subject.ID
	}
	if own := seen.report; own != nil {
		r.Version = own.Version
		for _, c := range own.Checks[:min(len(own.Checks), ownMost)] {
			c.Title = "Server: " + c.Title
			r.Checks = append(r.Checks, c)
		}
		r.Drifts = own.Drifts[:min(len(own.Drifts), ownMost)]
	}
	r.Verdict = seen.conclude(r.Checks)
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
	var all sync.WaitGroup
	ask := func(into *answer, path string) {
		all.Go(func() { *into = o.within(ctx, lookMost, path, nil) })
	}
	ask(&s.health, "/health")
	ask(&s.config, "/api/v1/config")
	if subject == nil {
		ask(&s.list, nip.APIPath)
	} else {
		path := nip.APIPath + "/" + url.PathEscape(subject.ID)
		ask(&s.info, path+"/info")
		ask(&s.guest, path+"/guest")
		if o.Authorize != nil {
			all.Go(func() { s.member = o.signed(ctx, lookMost, path) })
		}
	}
	all.Go(func() { s.report = o.own(ctx, subject) })
	all.Wait()
	s.health.field, s.info.field, s.guest.field, s.member.field = "status", "host", "token", "token"
	all.Go(func() { s.relay = o.relay(ctx, o.ownRelay(s)) })
	if subject != nil {
		all.Go(func() { o.findSpaces(ctx, &s) })
	}
	all.Wait()
	return s
}

func (o Outside) signed(ctx context.Context, most time.Duration, path string) answer {
	header, err := o.Authorize(http.MethodGet, o.public()+path)
	if err != nil {
		return answer{asked: "GET " + path, err: err}
	}
	return o.within(ctx, most, path, header)
}

const (
	ownTime = factsMost + lookMost + time.Second // a report waits for its slowest check
	ownMost = 50                                 // checks and drifts of a report that are read
)

// own is the server's own report, where it has one. A server that cannot check a signature, because its database is away, still
// tells anybody what a guest may know.
func (o Outside) own(ctx context.Context, subject *Subject) *Report {
	path := "/api/v1/diagnostics"
	if subject != nil {
		if !nest.IsID(subject.ID) {
			return nil
		}
		path = nip.APIPath + "/" + subject.ID + "/diagnostics"
	}
	var signed answer
	var all sync.WaitGroup
	if o.Authorize != nil {
		all.Go(func() { signed = o.signed(ctx, ownTime, path) })
	}
	report := reportIn(o.within(ctx, ownTime, path, nil))
	all.Wait()
	if full := reportIn(signed); full != nil {
		return full
	}
	return report
}

// reportIn is the report that an answer holds, nil when it holds none.
func reportIn(a answer) *Report {
	if !a.ok() {
		return nil
	}
	data, err := json.Marshal(a.body)
	var r Report
	if err != nil || json.Unmarshal(data, &r) != nil || r.Verdict.Code == "" {
		return nil
	}
	return &r
}

// ownRelay is where this process reaches the server's relay, "" when the server names none.
func (o Outside) ownRelay(s sight) string {
	address, _ := s.config.body["relay"].(string)
	if address != "" && o.Public != "" {
		return "ws" + strings.TrimPrefix(o.origin(), "http") + "/relay"
	}
	return address
}

// relay asks the server's relay for nothing in particular.
func (o Outside) relay(ctx context.Context, address string) Finding {
	if address == "" {
		return skipped("The server names no relay of its own.")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	_, err := o.Fetch(ctx, address, nest.EventFilter{Kinds: []int{nest.KindSpace}, Limit: 1})
	if err != nil {
		return Finding{Status: Fail, Code: RelayDown, Summary: "It does not answer a subscription.",
			Evidence: map[string]any{"relay": address, "error": plain(err)}}
	}
	return fine("It answers a subscription.", map[string]any{"relay": address})
}

// findSpaces looks for the nest's event on the server's relay and on those that its link names, side by side.
func (o Outside) findSpaces(ctx context.Context, s *sight) {
	relays := s.subject.Relays[:min(len(s.subject.Relays), relaysMost)]
	if own := o.ownRelay(*s); own != "" {
		relays = append([]string{own}, relays...)
	}
	filter := nest.EventFilter{Kinds: []int{nest.KindSpace}, Tags: map[string][]string{"d": {s.subject.ID}}, Limit: 10}
	if host := cmp.Or(s.subject.Host, s.host()); host != "" { // anyone else's copy is another address
		filter.Authors = []string{host}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	found := make([][]nest.Event, len(relays))
	answered := make([]bool, len(relays))
	var all sync.WaitGroup
	for i, relay := range relays {
		all.Go(func() {
			events, err := o.Fetch(ctx, relay, filter)
			found[i], answered[i] = events, err == nil
		})
	}
	all.Wait()
	for i, yes := range answered {
		if yes {
			s.asked++
			s.spaces = append(s.spaces, found[i]...)
		}
	}
	slices.SortFunc(s.spaces, func(a, b nest.Event) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
}
