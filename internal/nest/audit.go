package nest

import "context"

// AuditEntry is one line of the audit log: somebody did something to somebody else, or as an operator. It holds no secret.
type AuditEntry struct {
	ID      string
	At      int64  // unix ms
	Actor   string // pubkey
	Action  Action
	Target  string // pubkey, identity, address range or id; "" when it is the nest itself
	Nest    string // "" for what concerns the whole server
	Outcome string // OutcomeDone, or the code of why not
}

// Action says what was done.
type Action string

// What hosts and moderators do.
const (
	ActionStageGive    Action = "stage_give"
	ActionStageTake    Action = "stage_take"
	ActionAdminGive    Action = "admin_give"
	ActionAdminTake    Action = "admin_take"
	ActionMute         Action = "mute"
	ActionMuteAll      Action = "mute_all"
	ActionHandLower    Action = "hand_lower"
	ActionKick         Action = "kick"
	ActionBan          Action = "ban"
	ActionBanLift      Action = "ban_lift"
	ActionAccessGrant  Action = "place_give"
	ActionAccessRevoke Action = "place_take"
	ActionInviteCreate Action = "invite_make"
	ActionInviteRevoke Action = "invite_revoke"
	ActionOpen         Action = "open" // go live, reopen, fresh session
	ActionEnd          Action = "end"
)

// What operators do.
const (
	ActionOperatorEnd   Action = "operator_end"
	ActionBlock         Action = "block"
	ActionUnblock       Action = "unblock"
	ActionQuotaSet      Action = "quota_set"
	ActionQuotaClear    Action = "quota_clear"
	ActionCreatorAdd    Action = "creator_add"
	ActionCreatorRemove Action = "creator_remove"
	ActionReportDismiss Action = "report_dismiss"
)

// OutcomeDone is the outcome of what was done.
const OutcomeDone = "done"

// AuditFilter selects lines of the audit log, newest first.
type AuditFilter struct {
	Nest, Actor string // "": any
	Before      Cursor // CreatedAt is the act's time
	Limit       int
}

// audit writes a line in the transaction of what it tells about: what is done is in the log, and what is in the log was done.
func (s *Service) audit(tx Tx, a AuditEntry) error {
	a.ID, a.At = s.NewID(), s.now()
	if a.Outcome == "" {
		a.Outcome = OutcomeDone
	}
	return tx.AddAuditEntry(a)
}

// auditOutcome writes a line about what was done outside of the store, with how it went.
func (s *Service) auditOutcome(ctx context.Context, a AuditEntry, err error) {
	if err != nil {
		if a.Outcome = string(CodeOf(err)); a.Outcome == "" {
			a.Outcome = "failed"
		}
	}
	if err := s.Store.Write(ctx, func(tx Tx) error { return s.audit(tx, a) }); err != nil {
		s.Log.WarnContext(ctx, "audit line lost", "nest", a.Nest, "step", string(a.Action), "err", err)
	}
}
