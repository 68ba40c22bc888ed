package nest

import "context"

// AuditEntry is one entry of the audit log: an action of a moderator or an operator. It contains no secret.
type AuditEntry struct {
	ID      string
	At      int64  // unix ms
	Actor   string // pubkey
	Action  Action
	Target  string // pubkey, identity, address range or id; "" when the action is about the nest itself
	Nest    string // "" when the action is about the whole server
	Outcome string // OutcomeDone, the code of the refusal, or outcomeFailed
}

// Action is the kind of an audit entry.
type Action string

// Actions of hosts and moderators.
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

// Actions of operators.
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

// OutcomeDone is the outcome of an action that succeeded.
const OutcomeDone = "done"

const outcomeFailed = "failed" // of an action that failed with an error without a code

// AuditFilter selects entries of the audit log, newest first.
type AuditFilter struct {
	Nest, Actor string // "": any
	Before      Cursor // CreatedAt is the entry's At
	Limit       int
}

// audit adds an entry in the same transaction as the action, so that the log has exactly the actions that were
// committed.
func (s *Service) audit(tx Tx, a AuditEntry) error {
	a.ID, a.At = s.NewID(), s.now()
	if a.Outcome == "" {
		a.Outcome = OutcomeDone
	}
	return tx.AddAuditEntry(a)
}

// auditOutcome records an action that has no transaction to be recorded in: one in LiveKit, or one whose transaction
// was rolled back. The outcome follows from err, which is nil for an action that succeeded. A failure to store the
// entry is only logged.
func (s *Service) auditOutcome(ctx context.Context, a AuditEntry, err error) {
	if err != nil {
		if a.Outcome = string(CodeOf(err)); a.Outcome == "" {
			a.Outcome = outcomeFailed
		}
	}
	if err := s.Store.Write(ctx, func(tx Tx) error { return s.audit(tx, a) }); err != nil {
		s.Log.WarnContext(ctx, "audit entry not stored", "nest", a.Nest, "step", string(a.Action), "err", err)
	}
}
