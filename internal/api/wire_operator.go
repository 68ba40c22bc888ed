package api

import (
	"nests/internal/nest"
)

// OverviewBody is the server as a whole.
type OverviewBody struct {
	At           int64       `json:"at" doc:"Unix ms"`
	Version      string      `json:"version"`
	MediaAnswers bool        `json:"media_answers" doc:"LiveKit answered within the last two seconds"`
	Nests        CountsBody  `json:"nests"`
	Inside       *int        `json:"inside,omitempty" doc:"Connections inside nests; absent while that is not known"`
	OnStage      *int        `json:"on_stage,omitempty"`
	Drifts       []DriftBody `json:"drifts" doc:"Divergences that are open"`
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
	Steps   int    `json:"steps" doc:"Tries to mend it"`
}

// OutboxBody is what is still to be published, and what was not taken.
type OutboxBody struct {
	Pending int               `json:"pending"`
	Overdue int               `json:"overdue" doc:"Pending whose next try is past"`
	Refused int               `json:"refused"`
	GaveUp  int               `json:"gave_up"`
	Relays  []RelayOutboxBody `json:"relays" doc:"By relay, those with most first; 50 at most"`
}

// RelayOutboxBody is what one relay has not accepted, in one state.
type RelayOutboxBody struct {
	Relay   string `json:"relay"`
	State   string `json:"state" enum:"pending,refused,gave_up"`
	Count   int    `json:"count"`
	NextTry int64  `json:"next_try" doc:"Unix ms, the soonest"`
	Words   string `json:"words" doc:"What was said about one of them"`
}

// OperatorNestsBody is a page of all nests.
type OperatorNestsBody struct {
	Nests []OperatorNest `json:"nests"`
	Next  string         `json:"next" doc:"The cursor of the next page, empty on the last"`
}

// OperatorNest is a nest with who is inside.
type OperatorNest struct {
	NestBody
	People []ParticipantBody `json:"people" doc:"Those inside, 100 at most"`
}

// BlocksBody lists what is kept out.
type BlocksBody struct {
	Blocks []BlockBody `json:"blocks"`
}

// BlockBody is one block.
type BlockBody struct {
	Subject string `json:"subject" doc:"Public key in hex, or a range of addresses as CIDR"`
	Reason  string `json:"reason,omitempty" doc:"For operators only"`
	By      string `json:"by" doc:"The operator's key"`
	At      int64  `json:"at" doc:"Unix ms"`
	Until   int64  `json:"until,omitempty" doc:"Unix ms; absent: until lifted"`
}

func blockBody(b nest.Block) BlockBody {
	return BlockBody{Subject: b.Subject, Reason: b.Reason, By: b.By, At: b.CreatedAt, Until: b.Until}
}

// NewBlockBody asks for a block.
type NewBlockBody struct {
	Subject string `json:"subject" required:"true" doc:"Public key in hex or as npub, an address, or a range as CIDR; a single IPv6 address stands for its /64"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"A note for operators"`
	Until   int64  `json:"until,omitempty" minimum:"0" doc:"Unix ms; absent: until lifted"`
}

func (b *NewBlockBody) validate() error {
	if b.Subject == "" {
		return invalid("subject", "subject is missing", "Send whom to block: a public key, an address, or a range.")
	}
	return nil
}

// QuotasBody is how many nests keys may have at once.
type QuotasBody struct {
	Nests  int         `json:"nests" doc:"For every key that is not listed; 0: without limit"`
	Quotas []QuotaBody `json:"quotas"`
}

// QuotaBody is a key with a number of its own.
type QuotaBody struct {
	Pubkey string `json:"pubkey"`
	Nests  int    `json:"nests" doc:"0: without limit"`
	By     string `json:"by" doc:"The operator's key"`
	At     int64  `json:"at" doc:"Unix ms"`
}

// NewQuotaBody gives a key a number of its own.
type NewQuotaBody struct {
	Nests *int `json:"nests" required:"true" nullable:"false" minimum:"0" doc:"0: without limit"`
}

func (b *NewQuotaBody) validate() error {
	if b.Nests == nil || *b.Nests < 0 {
		return invalid("nests", "nests is missing or negative", "Send how many nests the key may have at once; 0 is without limit.")
	}
	return nil
}

// CreatorsBody is the list of who may create, which counts while create is list.
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
	Next    string       `json:"next" doc:"The cursor of the next page, empty on the last"`
}

// ReportBody is one report (kind 1984). What it says is its author's word.
type ReportBody struct {
	ID     string `json:"id"`
	By     string `json:"by" doc:"Who reports"`
	At     int64  `json:"at" doc:"When it came, unix ms"`
	Why    string `json:"why" doc:"The word of NIP-56: spam, impersonation, …"`
	Words  string `json:"words"`
	Pubkey string `json:"pubkey,omitempty" doc:"Whom it is about; text is theirs only when author is the same key"`
	Nest   string `json:"nest,omitempty" doc:"The nest it is about"`
	Kind   int    `json:"kind,omitempty" doc:"Of the event it names, when that is here"`
	Text   string `json:"text,omitempty" doc:"Of that event"`
	Author string `json:"author,omitempty" doc:"Of that event"`
}

// AuditBody is a page of the audit log, newest first.
type AuditBody struct {
	Acts []AuditEntryBody `json:"acts"`
	Next string           `json:"next" doc:"The cursor of the next page, empty on the last"`
}

// AuditEntryBody is one line of it.
type AuditEntryBody struct {
	At      int64  `json:"at" doc:"Unix ms"`
	Actor   string `json:"actor" doc:"Public key of who did it"`
	Act     string `json:"act" doc:"stage_give, stage_take, admin_give, admin_take, mute, mute_all, hand_lower, kick, ban, ban_lift, place_give, place_take, invite_make, invite_revoke, open, end, and of operators operator_end, block, unblock, quota_set, quota_clear, creator_add, creator_remove, report_dismiss"`
	Target  string `json:"target,omitempty" doc:"Whom or what"`
	Nest    string `json:"nest,omitempty"`
	Outcome string `json:"outcome" doc:"done, or the code of why not"`
}
