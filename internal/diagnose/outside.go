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

// Outside diagnoses a Nests server, or another implementation of the same API, through its public endpoints.
type Outside struct {
	URL    string // as a user types it; it may end in a path of the API
	Public string // its public origin, "" when it is that of URL; they differ behind a proxy on this machine
	HTTP   *http.Client
	Now    func() time.Time
	// Authorize signs a request for a URL under Public (NIP-98); nil for a guest.
	Authorize func(method, url string) (http.Header, error)
	// Fetch reads events from a relay.
	Fetch func(ctx context.Context, relay string, filter nest.EventFilter) ([]nest.Event, error)
}

// Subject is a nest as the user named it: by its id, or by a link that also has the author and relays.
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

// answer is the response of one endpoint.
type answer struct {
	status       int
	code         string // of the error body
	text         string
	body         map[string]any
	date         time.Time         // of the header Date
	cert         *x509.Certificate // of the connection, or the reason why it failed
	at           time.Time         // time of the response
	err          error
	took         time.Duration
	request      string // method and path
	requiredText string // field that an answer of this endpoint has as text; "" accepts any object
}

// ok reports whether the API answered: a page that a proxy serves for every path does not count.
func (a answer) ok() bool {
	text, _ := a.body[a.requiredText].(string)
	return a.err == nil && a.status == http.StatusOK && a.body != nil && (a.requiredText == "" || text != "")
}

// triedTLS reports whether there is a certificate to judge, or none where one was expected.
func (a answer) triedTLS() bool {
	alert, isAlert := errors.AsType[*net.OpError](a.err) // crypto/tls exports no type for an alert of the other side
	return a.cert != nil || isAlert && alert.Op == "remote error"
}

func (a answer) refusedCertificate() bool { return a.err != nil && a.triedTLS() }

// origin returns URL without the path of the API.
func (o Outside) origin() string {
	base := strings.TrimRight(o.URL, "/")
	base = strings.TrimSuffix(base, nip.APIPath)
	return strings.TrimRight(base, "/")
}

func (o Outside) publicOrigin() string { return cmp.Or(o.Public, o.origin()) }

func (o Outside) fetch(ctx context.Context, timeout time.Duration, path string, header http.Header) answer {
	began := time.Now()
	a := answer{request: "GET " + path}
	ctx, cancel := context.WithTimeout(ctx, timeout)
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
	response, err := o.HTTP.Do(r)
	a.took = time.Since(began)
	a.at = o.Now()
	if err != nil {
		a.err, a.cert = err, certificateOf(tls.ConnectionState{}, err)
		return a
	}
	defer response.Body.Close()
	a.status = response.StatusCode
	a.date, _ = http.ParseTime(response.Header.Get("Date"))
	if response.TLS != nil {
		a.cert = certificateOf(*response.TLS, nil)
	}
	data, err := readAll(response.Body)
	a.err = err
	if json.Unmarshal(data, &a.body) != nil {
		a.body = nil
	}
	a.code, _ = a.body["code"].(string)
	a.text, _ = a.body["error"].(string)
	return a
}

// Report diagnoses the server alone.
func (o Outside) Report(ctx context.Context) Report { return o.run(ctx, nil) }

// NestReport also fetches the nest's event and compares it with the server's answers.
func (o Outside) NestReport(ctx context.Context, subject Subject) Report { return o.run(ctx, &subject) }

func (o Outside) run(ctx context.Context, subject *Subject) Report {
	seen := o.observe(ctx, subject)
	checks := seen.checks(o.publicOrigin())
	r := Report{At: o.Now().UnixMilli(), Checks: checks, Drifts: []Drift{}}
	if subject != nil {
		r.Nest = subject.ID
	}
	if own := seen.report; own != nil {
		r.Version = own.Version
		for _, c := range own.Checks[:min(len(own.Checks), maxReportItems)] {
			c.Title = "Server: " + c.Title
			r.Checks = append(r.Checks, c)
		}
		r.Drifts = own.Drifts[:min(len(own.Drifts), maxReportItems)]
	}
	r.Verdict = seen.conclude(r.Checks)
	return r
}

// observation holds all answers, before they are judged.
type observation struct {
	subject        *Subject
	health         answer
	config         answer
	list           answer
	info           answer
	guest          answer
	member         answer
	relay          Finding
	spaces         []nest.Event // of the subject, newest first; only its host's when the host is known
	relaysAnswered int          // number of them
	report         *Report      // the server's own
}

func (o Outside) observe(ctx context.Context, subject *Subject) observation {
	s := observation{subject: subject}
	var all sync.WaitGroup
	ask := func(into *answer, path string) {
		all.Go(func() { *into = o.fetch(ctx, probeTimeout, path, nil) })
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
			all.Go(func() { s.member = o.fetchSigned(ctx, probeTimeout, path) })
		}
	}
	all.Go(func() { s.report = o.fetchReport(ctx, subject) })
	all.Wait()
	s.health.requiredText, s.info.requiredText = "status", "host"
	s.guest.requiredText, s.member.requiredText = "token", "token"
	all.Go(func() { s.relay = o.checkRelay(ctx, o.relayURL(s)) })
	if subject != nil {
		all.Go(func() { o.fetchSpaces(ctx, &s) })
	}
	all.Wait()
	return s
}

func (o Outside) fetchSigned(ctx context.Context, timeout time.Duration, path string) answer {
	header, err := o.Authorize(http.MethodGet, o.publicOrigin()+path)
	if err != nil {
		return answer{request: "GET " + path, err: err}
	}
	return o.fetch(ctx, timeout, path, header)
}

const (
	reportTimeout  = factsTimeout + probeTimeout + time.Second // as long as the slowest check of a report
	maxReportItems = 50                                        // checks and drifts that are read from one report
)

// fetchReport fetches the server's own report, nil when it has none. It asks signed and as a guest at once: a server
// whose database is down cannot check a signature, but still answers a guest.
func (o Outside) fetchReport(ctx context.Context, subject *Subject) *Report {
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
		all.Go(func() { signed = o.fetchSigned(ctx, reportTimeout, path) })
	}
	report := parseReport(o.fetch(ctx, reportTimeout, path, nil))
	all.Wait()
	if full := parseReport(signed); full != nil {
		return full
	}
	return report
}

// parseReport returns the report in an answer, nil when there is none.
func parseReport(a answer) *Report {
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

// relayURL is where this process reaches the server's relay, "" when the server publishes none.
func (o Outside) relayURL(s observation) string {
	address, _ := s.config.body["relay"].(string)
	if address != "" && o.Public != "" {
		return "ws" + strings.TrimPrefix(o.origin(), "http") + "/relay"
	}
	return address
}

// checkRelay subscribes to any one event of the server's relay.
func (o Outside) checkRelay(ctx context.Context, address string) Finding {
	if address == "" {
		return skipped("The server has no relay to check.")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	_, err := o.Fetch(ctx, address, nest.EventFilter{Kinds: []int{nest.KindSpace}, Limit: 1})
	if err != nil {
		return Finding{Status: Fail, Code: RelayDown, Summary: "The relay does not answer a subscription.",
			Evidence: map[string]any{"relay": address, "error": errorText(err)}}
	}
	return passed("The relay answers a subscription.", map[string]any{"relay": address})
}

// fetchSpaces reads the nest's event from the server's relay and from the relays in the link, side by side.
func (o Outside) fetchSpaces(ctx context.Context, s *observation) {
	relays := s.subject.Relays[:min(len(s.subject.Relays), maxRelays)]
	if own := o.relayURL(*s); own != "" {
		relays = append([]string{own}, relays...)
	}
	filter := nest.EventFilter{Kinds: []int{nest.KindSpace}, Tags: map[string][]string{"d": {s.subject.ID}}, Limit: 10}
	if host := cmp.Or(s.subject.Host, s.host()); host != "" { // the same d tag of another author is another nest
		filter.Authors = []string{host}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	events := make([][]nest.Event, len(relays))
	answered := make([]bool, len(relays))
	var all sync.WaitGroup
	for i, relay := range relays {
		all.Go(func() {
			fetched, err := o.Fetch(ctx, relay, filter)
			events[i], answered[i] = fetched, err == nil
		})
	}
	all.Wait()
	for i, ok := range answered {
		if ok {
			s.relaysAnswered++
			s.spaces = append(s.spaces, events[i]...)
		}
	}
	slices.SortFunc(s.spaces, func(a, b nest.Event) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
}
