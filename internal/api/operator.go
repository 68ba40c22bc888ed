package api

import (
	"net/url"
	"strconv"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	relaysShown = 50
	reportWords = 500 // runes of a text that an operator needs to judge it
)

// overview is how much there is, what has drifted apart, and what is still to be published.
func (s *Server) overview(x *exchange) error {
	ctx := x.r.Context()
	counts, err := s.Overview.StatusCounts(ctx)
	if err != nil {
		return err
	}
	owed, err := s.Overview.OutboxStats(ctx, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	by, err := s.Overview.RelayBacklogs(ctx, relaysShown)
	if err != nil {
		return err
	}
	drifts, err := s.Overview.OpenDrifts(ctx)
	if err != nil {
		return err
	}
	body := OverviewBody{At: s.Now().UnixMilli(), Version: s.Config.Version, MediaAnswers: s.Presence.Answering() == nil,
		Nests:  CountsBody{Live: counts[nest.Live], Planned: counts[nest.Planned], Ended: counts[nest.Ended]},
		Outbox: OutboxBody{Pending: owed.Pending, Overdue: owed.Overdue, Refused: owed.Refused, GaveUp: owed.GaveUp, Relays: make([]RelayOutboxBody, len(by))},
		Drifts: make([]DriftBody, len(drifts))}
	if inside, onStage, known := s.Presence.CountParticipants(); known {
		body.Inside, body.OnStage = &inside, &onStage
	}
	for i, o := range by {
		body.Outbox.Relays[i] = RelayOutboxBody{Relay: o.Relay, State: string(o.State), Count: o.Count, NextTry: o.NextTry, Words: o.Words}
	}
	for i, d := range drifts {
		body.Drifts[i] = DriftBody{Code: d.Code, Nest: d.Nest, Subject: d.Subject, First: d.First, Last: d.Last, Steps: d.Steps}
	}
	return x.json(200, body)
}

// allNests lists every nest, private ones too, with who is inside.
func (s *Server) allNests(x *exchange) error {
	query, err := queryOf(x)
	if err != nil {
		return err
	}
	limit, err := limitIn(query)
	if err != nil {
		return err
	}
	overseen, next, err := s.Operator.Oversee(x.r.Context(), nest.ListRequest{Status: query.Get("status"), Host: query.Get("host"),
		Limit: limit, Cursor: query.Get("cursor")}, query.Get("inhabited") == "true")
	if err != nil {
		return err
	}
	body := OperatorNestsBody{Nests: make([]OperatorNest, len(overseen)), Next: next}
	for i, o := range overseen {
		body.Nests[i] = OperatorNest{NestBody: s.Config.nestBody(o.View), People: people(o.People)}
		body.Nests[i].Status = lobbyStatus(o.View)
	}
	return x.json(200, body)
}

// operatorEnd ends any nest.
func (s *Server) operatorEnd(x *exchange) error { return s.ending(x, s.Operator.EndByOperator) }

func (s *Server) blocks(x *exchange) error {
	blocks, err := s.Operator.BlocksNow(x.r.Context())
	if err != nil {
		return err
	}
	body := BlocksBody{Blocks: make([]BlockBody, len(blocks))}
	for i, b := range blocks {
		body.Blocks[i] = blockBody(b)
	}
	return x.json(200, body)
}

// block keeps a key or an address range out.
func (s *Server) block(x *exchange) error {
	var body NewBlockBody
	if err := x.decode(&body); err != nil {
		return err
	}
	b, err := s.Operator.Block(x.r.Context(), x.actor, nest.Block{Subject: hexKey(body.Subject), Reason: body.Reason, Until: body.Until})
	if err != nil {
		return err
	}
	return x.json(201, blockBody(b))
}

func (s *Server) unblock(x *exchange) error {
	if err := s.Operator.Unblock(x.r.Context(), x.actor, hexKey(x.r.PathValue("subject"))); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) quotas(x *exchange) error {
	quotas, err := s.Operator.Quotas(x.r.Context())
	if err != nil {
		return err
	}
	body := QuotasBody{Nests: s.DefaultQuota, Quotas: make([]QuotaBody, len(quotas))}
	for i, q := range quotas {
		body.Quotas[i] = QuotaBody{Pubkey: q.Pubkey, Nests: q.Nests, By: q.By, At: q.At}
	}
	return x.json(200, body)
}

// setQuota gives a key a number of its own.
func (s *Server) setQuota(x *exchange) error {
	var body NewQuotaBody
	if err := x.decode(&body); err != nil {
		return err
	}
	if err := s.Operator.SetQuota(x.r.Context(), x.actor, hexKey(x.r.PathValue("key")), *body.Nests); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) clearQuota(x *exchange) error {
	if err := s.Operator.SetQuota(x.r.Context(), x.actor, hexKey(x.r.PathValue("key")), -1); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) creators(x *exchange) error {
	creators, err := s.Operator.Creators(x.r.Context())
	if err != nil {
		return err
	}
	body := CreatorsBody{Create: s.Config.Create, Creators: make([]CreatorBody, len(creators))}
	for i, one := range creators {
		body.Creators[i] = CreatorBody{Pubkey: one.Pubkey, By: one.By, At: one.At}
	}
	return x.json(200, body)
}

func (s *Server) addCreator(x *exchange) error {
	if err := s.Operator.AddCreator(x.r.Context(), x.actor, hexKey(x.r.PathValue("key"))); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) removeCreator(x *exchange) error {
	if err := s.Operator.RemoveCreator(x.r.Context(), x.actor, hexKey(x.r.PathValue("key"))); err != nil {
		return err
	}
	return x.noContent()
}

// reports are what people told the operator about others.
func (s *Server) reports(x *exchange) error {
	reports, next, err := s.Operator.Reports(x.r.Context(), x.r.URL.Query().Get("cursor"))
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
	return x.json(200, body)
}

func (s *Server) dismissReport(x *exchange) error {
	if err := s.Operator.DismissReport(x.r.Context(), x.actor, x.r.PathValue("report")); err != nil {
		return err
	}
	return x.noContent()
}

// audit is the whole log; nestAudit the part of it that is a nest's own.
func (s *Server) audit(x *exchange) error {
	query, err := queryOf(x)
	if err != nil {
		return err
	}
	limit, err := limitIn(query)
	if err != nil {
		return err
	}
	acts, next, err := s.Audit.Acts(x.r.Context(), nest.ActFilter{Nest: query.Get("nest"), Actor: hexKey(query.Get("actor")), Limit: limit}, query.Get("cursor"))
	return answerActs(x, acts, next, err)
}

func (s *Server) nestAudit(x *exchange) error {
	acts, next, err := s.Audit.NestActs(x.r.Context(), x.id, x.actor, x.r.URL.Query().Get("cursor"))
	return answerActs(x, acts, next, err)
}

func answerActs(x *exchange, acts []nest.Act, next string, err error) error {
	if err != nil {
		return err
	}
	body := AuditBody{Acts: make([]AuditEntryBody, len(acts)), Next: next}
	for i, a := range acts {
		body.Acts[i] = AuditEntryBody{At: a.At, Actor: a.Actor, Act: string(a.What), Target: a.Target, Nest: a.Nest, Outcome: a.Outcome}
	}
	return x.json(200, body)
}

// hexKey is a public key in hex where it was given as npub; anything else stays for the domain to refuse.
func hexKey(s string) string {
	if key, err := nip.ParsePubkey(s); err == nil {
		return key
	}
	return s
}

func queryOf(x *exchange) (url.Values, error) {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
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
