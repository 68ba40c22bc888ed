package api

import (
	"net/http"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	backlogsShown   = 50
	reportRunes     = 500 // of a text in a report: enough to judge it
	reportTypeMax   = 50  // runes of the type of a report
	noQuotaOfItsOwn = -1
)

// overview counts nests, participants, open divergences and publications that are due.
func (s *Server) overview(x *exchange) error {
	ctx := x.r.Context()
	now := s.Now().UnixMilli()
	counts, err := s.Overview.StatusCounts(ctx)
	if err != nil {
		return err
	}
	stats, err := s.Overview.OutboxStats(ctx, now)
	if err != nil {
		return err
	}
	backlogs, err := s.Overview.RelayBacklogs(ctx, backlogsShown)
	if err != nil {
		return err
	}
	drifts, err := s.Overview.OpenDrifts(ctx)
	if err != nil {
		return err
	}
	body := OverviewBody{
		At:           now,
		Version:      s.Config.Version,
		MediaAnswers: s.Presence.CheckAvailable() == nil,
		Nests:        CountsBody{Live: counts[nest.Live], Planned: counts[nest.Planned], Ended: counts[nest.Ended]},
		Outbox:       outboxBody(stats, backlogs),
		Drifts:       driftBodies(drifts),
	}
	if inside, onStage, known := s.Presence.CountParticipants(); known {
		body.Inside, body.OnStage = &inside, &onStage
	}
	return x.json(http.StatusOK, body)
}

// allNests lists all nests, private ones included, with their participants.
func (s *Server) allNests(x *exchange) error {
	request, err := x.listRequest()
	if err != nil {
		return err
	}
	inhabited := x.r.URL.Query().Get("inhabited") == "true"
	nests, next, err := s.Operator.ListForOperator(x.r.Context(), request, inhabited)
	if err != nil {
		return err
	}
	body := OperatorNestsBody{Nests: make([]OperatorNest, len(nests)), Next: next}
	for i, n := range nests {
		body.Nests[i] = OperatorNest{NestBody: s.Config.listedNestBody(n.View), People: participantBodies(n.People)}
	}
	return x.json(http.StatusOK, body)
}

// operatorEnd ends any nest.
func (s *Server) operatorEnd(x *exchange) error { return s.endWith(x, s.Operator.EndByOperator) }

func (s *Server) blocks(x *exchange) error {
	blocks, err := s.Operator.ActiveBlocks(x.r.Context())
	if err != nil {
		return err
	}
	body := BlocksBody{Blocks: make([]BlockBody, len(blocks))}
	for i, b := range blocks {
		body.Blocks[i] = blockBody(b)
	}
	return x.json(http.StatusOK, body)
}

// block blocks a key or an address range.
func (s *Server) block(x *exchange) error {
	var body NewBlockBody
	if err := x.decode(&body); err != nil {
		return err
	}
	block := nest.Block{Subject: hexKey(body.Subject), Reason: body.Reason, Until: body.Until}
	created, err := s.Operator.Block(x.r.Context(), x.actor, block)
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, blockBody(created))
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
	return x.json(http.StatusOK, body)
}

// setQuota gives a key its own quota.
func (s *Server) setQuota(x *exchange) error {
	var body NewQuotaBody
	if err := x.decode(&body); err != nil {
		return err
	}
	if err := s.Operator.SetQuota(x.r.Context(), x.actor, x.keyInPath(), *body.Nests); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) clearQuota(x *exchange) error {
	if err := s.Operator.SetQuota(x.r.Context(), x.actor, x.keyInPath(), noQuotaOfItsOwn); err != nil {
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
	for i, creator := range creators {
		body.Creators[i] = CreatorBody{Pubkey: creator.Pubkey, By: creator.By, At: creator.At}
	}
	return x.json(http.StatusOK, body)
}

func (s *Server) addCreator(x *exchange) error {
	if err := s.Operator.AddCreator(x.r.Context(), x.actor, x.keyInPath()); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) removeCreator(x *exchange) error {
	if err := s.Operator.RemoveCreator(x.r.Context(), x.actor, x.keyInPath()); err != nil {
		return err
	}
	return x.noContent()
}

// reports lists the reports (NIP-56) that users sent.
func (s *Server) reports(x *exchange) error {
	reports, next, err := s.Operator.Reports(x.r.Context(), x.r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	body := ReportsBody{Reports: make([]ReportBody, len(reports)), Next: next}
	for i, r := range reports {
		body.Reports[i] = reportBody(r)
	}
	return x.json(http.StatusOK, body)
}

func (s *Server) dismissReport(x *exchange) error {
	if err := s.Operator.DismissReport(x.r.Context(), x.actor, x.r.PathValue("report")); err != nil {
		return err
	}
	return x.noContent()
}

// keyInPath is the {key} of the path in hex.
func (x *exchange) keyInPath() string { return hexKey(x.r.PathValue("key")) }

// hexKey converts an npub to hex. It returns anything else unchanged, for the use case to validate.
func hexKey(s string) string {
	if key, err := nip.ParsePubkey(s); err == nil {
		return key
	}
	return s
}
