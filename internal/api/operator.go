package api

import (
	"context"
	"net/url"
	"strconv"

	"nests/internal/nest"
	"nests/internal/nip"
)

// Overview is what the database says of the server as a whole.
type Overview interface {
	StatusCounts(ctx context.Context) (map[nest.Status]int, error)
	Owed(ctx context.Context, now int64) (nest.Owed, error)
	// OwedBy says for which relays publications wait or have failed.
	OwedBy(ctx context.Context, limit int) ([]nest.OwedBy, error)
	OpenDrifts(ctx context.Context) ([]nest.Drift, error)
}

const (
	relaysShown = 50
	reportWords = 500 // runes of a text that an operator needs to judge it
)

// overview is how much there is, what has drifted apart, and what is still to be published.
func (s *Server) overview(c *call) error {
	ctx := c.r.Context()
	counts, err := s.Overview.StatusCounts(ctx)
	if err != nil {
		return err
	}
	owed, err := s.Overview.Owed(ctx, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	by, err := s.Overview.OwedBy(ctx, relaysShown)
	if err != nil {
		return err
	}
	drifts, err := s.Overview.OpenDrifts(ctx)
	if err != nil {
		return err
	}
	body := OverviewBody{At: s.Now().UnixMilli(), Version: s.Facts.Version, MediaAnswers: s.Service.Presence.Answering() == nil,
		Nests:  CountsBody{Live: counts[nest.Live], Planned: counts[nest.Planned], Ended: counts[nest.Ended]},
		Outbox: OutboxBody{Pending: owed.Pending, Overdue: owed.Overdue, Refused: owed.Refused, GaveUp: owed.GaveUp, Relays: make([]OwedBody, len(by))},
		Drifts: make([]DriftBody, len(drifts))}
	if inside, onStage, known := s.Crowd(); known {
		body.Inside, body.OnStage = &inside, &onStage
	}
	for i, o := range by {
		body.Outbox.Relays[i] = OwedBody{Relay: o.Relay, State: string(o.State), Count: o.Count, NextTry: o.NextTry, Words: o.Words}
	}
	for i, d := range drifts {
		body.Drifts[i] = DriftBody{Code: d.Code, Nest: d.Nest, Subject: d.Subject, First: d.First, Last: d.Last, Steps: d.Steps}
	}
	return c.json(200, body)
}

// allNests lists every nest, private ones too, with who is inside.
func (s *Server) allNests(c *call) error {
	query, err := queryOf(c)
	if err != nil {
		return err
	}
	limit, err := limitIn(query)
	if err != nil {
		return err
	}
	overseen, next, err := s.Service.Oversee(c.r.Context(), nest.ListRequest{Status: query.Get("status"), Host: query.Get("host"),
		Limit: limit, Cursor: query.Get("cursor")}, query.Get("inhabited") == "true")
	if err != nil {
		return err
	}
	body := OverseenBody{Nests: make([]OverseenNest, len(overseen)), Next: next}
	for i, o := range overseen {
		body.Nests[i] = OverseenNest{NestBody: s.Facts.nestBody(o.View), People: people(o.People)}
		body.Nests[i].Status = lobbyStatus(o.View)
	}
	return c.json(200, body)
}

// operatorEnd ends any nest.
func (s *Server) operatorEnd(c *call) error { return s.ending(c, s.Service.EndByOperator) }

func (s *Server) blocks(c *call) error {
	blocks, err := s.Service.BlocksNow(c.r.Context())
	if err != nil {
		return err
	}
	body := BlocksBody{Blocks: make([]BlockBody, len(blocks))}
	for i, b := range blocks {
		body.Blocks[i] = blockBody(b)
	}
	return c.json(200, body)
}

// block keeps a key or an address range out.
func (s *Server) block(c *call) error {
	var body NewBlockBody
	if err := c.decode(&body); err != nil {
		return err
	}
	b, err := s.Service.Block(c.r.Context(), c.actor, nest.Block{Subject: hexKey(body.Subject), Reason: body.Reason, Until: body.Until})
	if err != nil {
		return err
	}
	return c.json(201, blockBody(b))
}

func (s *Server) unblock(c *call) error {
	if err := s.Service.Unblock(c.r.Context(), c.actor, hexKey(c.r.PathValue("subject"))); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) quotas(c *call) error {
	quotas, err := s.Service.Quotas(c.r.Context())
	if err != nil {
		return err
	}
	body := QuotasBody{Nests: s.Service.Quota, Quotas: make([]QuotaBody, len(quotas))}
	for i, q := range quotas {
		body.Quotas[i] = QuotaBody{Pubkey: q.Pubkey, Nests: q.Nests, By: q.By, At: q.At}
	}
	return c.json(200, body)
}

// setQuota gives a key a number of its own.
func (s *Server) setQuota(c *call) error {
	var body NewQuotaBody
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := s.Service.SetQuota(c.r.Context(), c.actor, hexKey(c.r.PathValue("key")), *body.Nests); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) clearQuota(c *call) error {
	if err := s.Service.SetQuota(c.r.Context(), c.actor, hexKey(c.r.PathValue("key")), -1); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) creators(c *call) error {
	creators, err := s.Service.Creators(c.r.Context())
	if err != nil {
		return err
	}
	body := CreatorsBody{Create: s.Facts.Create, Creators: make([]CreatorBody, len(creators))}
	for i, one := range creators {
		body.Creators[i] = CreatorBody{Pubkey: one.Pubkey, By: one.By, At: one.At}
	}
	return c.json(200, body)
}

func (s *Server) addCreator(c *call) error {
	if err := s.Service.AddCreator(c.r.Context(), c.actor, hexKey(c.r.PathValue("key"))); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) removeCreator(c *call) error {
	if err := s.Service.RemoveCreator(c.r.Context(), c.actor, hexKey(c.r.PathValue("key"))); err != nil {
		return err
	}
	return c.noContent()
}

// reports are what people told the operator about others.
func (s *Server) reports(c *call) error {
	reports, next, err := s.Service.Reports(c.r.Context(), c.r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	body := ReportsBody{Reports: make([]ReportBody, len(reports)), Next: next}
	for i, r := range reports {
		body.Reports[i] = ReportBody{ID: r.Event.ID, By: r.Event.PubKey, At: r.ReceivedAt, Why: nip.CleanLine(r.Why, 50), Words: nip.CleanLine(r.Event.Content, reportWords),
			Pubkey: r.Pubkey, Nest: r.Nest}
		if r.Named != nil {
			body.Reports[i].Kind, body.Reports[i].Text, body.Reports[i].Author = r.Named.Kind, nip.CleanLine(r.Named.Content, reportWords), r.Named.PubKey
		}
	}
	return c.json(200, body)
}

func (s *Server) dismissReport(c *call) error {
	if err := s.Service.DismissReport(c.r.Context(), c.actor, c.r.PathValue("report")); err != nil {
		return err
	}
	return c.noContent()
}

// audit is the whole log; nestAudit the part of it that is a nest's own.
func (s *Server) audit(c *call) error {
	query, err := queryOf(c)
	if err != nil {
		return err
	}
	limit, err := limitIn(query)
	if err != nil {
		return err
	}
	acts, next, err := s.Service.Acts(c.r.Context(), nest.ActFilter{Nest: query.Get("nest"), Actor: hexKey(query.Get("actor")), Limit: limit}, query.Get("cursor"))
	return answerActs(c, acts, next, err)
}

func (s *Server) nestAudit(c *call) error {
	acts, next, err := s.Service.NestActs(c.r.Context(), c.id, c.actor, c.r.URL.Query().Get("cursor"))
	return answerActs(c, acts, next, err)
}

func answerActs(c *call, acts []nest.Act, next string, err error) error {
	if err != nil {
		return err
	}
	body := AuditBody{Acts: make([]ActBody, len(acts)), Next: next}
	for i, a := range acts {
		body.Acts[i] = ActBody{At: a.At, Actor: a.Actor, Act: string(a.What), Target: a.Target, Nest: a.Nest, Outcome: a.Outcome}
	}
	return c.json(200, body)
}

// hexKey is a public key in hex where it was given as npub; anything else stays for the domain to refuse.
func hexKey(s string) string {
	if key, err := nip.ParsePubkey(s); err == nil {
		return key
	}
	return s
}

func queryOf(c *call) (url.Values, error) {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, invalid("query", "The query is malformed", "Escape its values.")
	}
	return query, nil
}

func limitIn(query url.Values) (int, error) {
	limit, err := strconv.Atoi(query.Get("limit"))
	if query.Has("limit") && (err != nil || limit < 1 || limit > 100) {
		return 0, invalid("limit", "limit is not between 1 and 100", "Page with cursor.")
	}
	return limit, nil
}
