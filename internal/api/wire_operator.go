package api

import (
	"github.com/danielgtaylor/huma/v2"

	"nests/internal/nest"
	"nests/internal/nip"
)

// OverviewBody counts what the whole server holds.
type OverviewBody struct {
	At           int64       `json:"at" doc:"Unix ms"`
	Version      string      `json:"version"`
	MediaAnswers bool        `json:"media_answers" doc:"LiveKit responded within the last two seconds"`
	Nests        CountsBody  `json:"nests"`
	Inside       *int        `json:"inside,omitempty" doc:"Participants; absent if LiveKit does not respond"`
	OnStage      *int        `json:"on_stage,omitempty"`
	Drifts       []DriftBody `json:"drifts" doc:"Open divergences between store, LiveKit and relays"`
	Outbox       OutboxBody  `json:"outbox"`
}

// CountsBody counts nests.
type CountsBody struct {
	Live    int `json:"live"`
	Planned int `json:"planned"`
	Ended   int `json:"ended"`
}

// DriftBody is one open divergence.
type DriftBody struct {
	Code    string `json:"code"`
	Nest    string `json:"nest"`
	Subject string `json:"subject,omitempty"`
	First   int64  `json:"first_seen" doc:"Unix ms"`
	Last    int64  `json:"last_seen" doc:"Unix ms"`
	Steps   int    `json:"steps" doc:"Attempts to repair it"`
}

// OutboxBody counts publications that are pending or failed.
type OutboxBody struct {
	Pending int               `json:"pending"`
	Overdue int               `json:"overdue" doc:"Pending publications whose next attempt is late"`
	Refused int               `json:"refused"`
	GaveUp  int               `json:"gave_up"`
	Relays  []RelayOutboxBody `json:"relays" doc:"By relay, the longest backlog first; at most 50"`
}

// RelayOutboxBody counts publications to one relay in one state.
type RelayOutboxBody struct {
	Relay   string `json:"relay"`
	State   string `json:"state" enum:"pending,refused,gave_up"`
	Count   int    `json:"count"`
	NextTry int64  `json:"next_try" doc:"Unix ms, of the soonest attempt"`
	Words   string `json:"words" doc:"The relay's last message about one of them"`
}

// OperatorNestsBody is a page of all nests, private ones included.
type OperatorNestsBody struct {
	Nests []OperatorNest `json:"nests"`
	Next  string         `json:"next" doc:"Cursor of the next page; empty on the last page"`
}

// OperatorNest is a nest with its participants.
type OperatorNest struct {
	NestBody
	People []ParticipantBody `json:"people" doc:"Participants, at most 100"`
}

// BlocksBody lists the blocks of the server.
type BlocksBody struct {
	Blocks []BlockBody `json:"blocks"`
}

// BlockBody is one block.
type BlockBody struct {
	Subject string `json:"subject" doc:"Public key in hex, or a range of addresses as CIDR"`
	Reason  string `json:"reason,omitempty" doc:"Visible to operators only"`
	By      string `json:"by" doc:"The operator's key"`
	At      int64  `json:"at" doc:"Unix ms"`
	Until   int64  `json:"until,omitempty" doc:"Unix ms; absent: until lifted"`
}

func blockBody(b nest.Block) BlockBody {
	return BlockBody{
		Subject: b.Subject,
		Reason:  b.Reason,
		By:      b.By,
		At:      b.CreatedAt,
		Until:   b.Until,
	}
}

func driftBodies(drifts []nest.Drift) []DriftBody {
	bodies := make([]DriftBody, len(drifts))
	for i, d := range drifts {
		bodies[i] = DriftBody{
			Code:    d.Code,
			Nest:    d.Nest,
			Subject: d.Subject,
			First:   d.First,
			Last:    d.Last,
			Steps:   d.Steps,
		}
	}
	return bodies
}

func outboxBody(stats nest.OutboxStats, backlogs []nest.RelayBacklog) OutboxBody {
	body := OutboxBody{
		Pending: stats.Pending,
		Overdue: stats.Overdue,
		Refused: stats.Refused,
		GaveUp:  stats.GaveUp,
		Relays:  make([]RelayOutboxBody, len(backlogs)),
	}
	for i, b := range backlogs {
		body.Relays[i] = RelayOutboxBody{
			Relay:   b.Relay,
			State:   string(b.State),
			Count:   b.Count,
			NextTry: b.NextTry,
			Words:   b.Message,
		}
	}
	return body
}

// NewBlockBody is the body of POST …/blocks.
type NewBlockBody struct {
	Subject string `json:"subject" required:"true" doc:"Public key, address (IPv6: its /64) or CIDR range"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"A note for operators"`
	Until   int64  `json:"until,omitempty" minimum:"0" doc:"Unix ms; absent: until lifted"`
}

func (b *NewBlockBody) validate() error {
	if b.Subject == "" {
		return invalid("subject", "subject is missing", "Send the public key, address or range to block.")
	}
	return nil
}

// QuotasBody lists how many nests keys may have at once.
type QuotasBody struct {
	Nests  int         `json:"nests" doc:"For every other key; 0: no limit"`
	Quotas []QuotaBody `json:"quotas"`
}

// QuotaBody is the quota of one key.
type QuotaBody struct {
	Pubkey string `json:"pubkey"`
	Nests  int    `json:"nests" doc:"0: no limit"`
	By     string `json:"by" doc:"The operator's key"`
	At     int64  `json:"at" doc:"Unix ms"`
}

// NewQuotaBody is the body of PUT …/quotas/{key}.
type NewQuotaBody struct {
	Nests *int `json:"nests" required:"true" nullable:"false" minimum:"0" doc:"0: no limit"`
}

func (b *NewQuotaBody) validate() error {
	if b.Nests == nil || *b.Nests < 0 {
		const hint = "Send how many nests the key may have at once; 0 is no limit."
		return invalid("nests", "nests is missing or negative", hint)
	}
	return nil
}

// CreatorsBody lists the keys that may create nests while create is list.
type CreatorsBody struct {
	Create   string        `json:"create" doc:"The rule in force: anyone, list, follows"`
	Creators []CreatorBody `json:"creators"`
}

// CreatorBody is a key on the list.
type CreatorBody struct {
	Pubkey string `json:"pubkey"`
	By     string `json:"by" doc:"The operator's key"`
	At     int64  `json:"at" doc:"Unix ms"`
}

// ReportsBody is a page of reports, newest first.
type ReportsBody struct {
	Reports []ReportBody `json:"reports"`
	Next    string       `json:"next" doc:"Cursor of the next page; empty on the last page"`
}

// ReportBody is one report (NIP-56). Its claims are those of its author.
type ReportBody struct {
	ID     string `json:"id"`
	By     string `json:"by" doc:"Author of the report"`
	At     int64  `json:"at" doc:"When the server received it, unix ms"`
	Why    string `json:"why" doc:"The type of NIP-56: spam, impersonation, …"`
	Words  string `json:"words" doc:"The text of the report"`
	Pubkey string `json:"pubkey,omitempty" doc:"The reported key; it wrote text only if author is the same key"`
	Nest   string `json:"nest,omitempty" doc:"The reported nest"`
	Kind   int    `json:"kind,omitempty" doc:"Kind of the reported event, if this server has it"`
	Text   string `json:"text,omitempty" doc:"Content of that event"`
	Author string `json:"author,omitempty" doc:"Author of that event"`
}

// AuditBody is a page of the audit log, newest first.
type AuditBody struct {
	Acts []AuditEntryBody `json:"acts"`
	Next string           `json:"next" doc:"Cursor of the next page; empty on the last page"`
}

// AuditEntryBody is one entry of the audit log.
type AuditEntryBody struct {
	At      int64   `json:"at" doc:"Unix ms"`
	Actor   string  `json:"actor" doc:"The key that acted"`
	Act     actName `json:"act"`
	Target  string  `json:"target,omitempty" doc:"Key, identity, address range or id that it concerned"`
	Nest    string  `json:"nest,omitempty"`
	Outcome string  `json:"outcome" doc:"done, or the code of the refusal"`
}

// actName is what happened, as the audit log names it.
type actName string

// Schema implements huma.SchemaProvider.
func (actName) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString,
		Description: "stage_give, stage_take, admin_give, admin_take, mute, mute_all, hand_lower, kick, ban, " +
			"ban_lift, place_give, place_take (access to a private nest), invite_make, invite_revoke, open or end; " +
			"by operators operator_end, block, unblock, quota_set, quota_clear, creator_add, creator_remove or " +
			"report_dismiss",
	}
}

func reportBody(r nest.Report) ReportBody {
	body := ReportBody{
		ID:     r.Event.ID,
		By:     r.Event.PubKey,
		At:     r.ReceivedAt,
		Why:    nip.CleanLine(r.Why, reportTypeMax),
		Words:  nip.CleanLine(r.Event.Content, reportRunes),
		Pubkey: r.Pubkey,
		Nest:   r.Nest,
	}
	if r.Named != nil {
		body.Kind = r.Named.Kind
		body.Text = nip.CleanLine(r.Named.Content, reportRunes)
		body.Author = r.Named.PubKey
	}
	return body
}

func auditBody(entries []nest.AuditEntry, next string) AuditBody {
	body := AuditBody{Acts: make([]AuditEntryBody, len(entries)), Next: next}
	for i, a := range entries {
		body.Acts[i] = AuditEntryBody{
			At:      a.At,
			Actor:   a.Actor,
			Act:     actName(a.Action),
			Target:  a.Target,
			Nest:    a.Nest,
			Outcome: a.Outcome,
		}
	}
	return body
}
