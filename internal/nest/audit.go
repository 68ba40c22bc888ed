package nest

import "context"

// Act is one line of the audit log: somebody did something to somebody else, or as an operator. It holds no secret.
type Act struct {
	ID      string
	At      int64  // unix ms
	Actor   string // pubkey
	What    ActWord
	Target  string // pubkey, identity, address range or id; "" when it is the nest itself
	Nest    string // "" for what concerns the whole server
	Outcome string // OutcomeDone, or the code of why not
}

// ActWord says what was done.
type ActWord string

// What hosts and moderators do.
const (
	ActStageGive    ActWord = "stage_give"
	ActStageTake    ActWord = "stage_take"
	ActAdminGive    ActWord = "admin_give"
	ActAdminTake    ActWord = "admin_take"
	ActMute         ActWord = "mute"
	ActMuteAll      ActWord = "mute_all"
	ActHandLower    ActWord = "hand_lower"
	ActKick         ActWord = "kick"
	ActBan          ActWord = "ban"
	ActBanLift      ActWord = "ban_lift"
	ActPlaceGive    ActWord = "place_give"
	ActPlaceTake    ActWord = "place_take"
	ActInviteMake   ActWord = "invite_make"
	ActInviteRevoke ActWord = "invite_revoke"
	ActOpen         ActWord = "open" // go live, reopen, fresh session
	ActEnd          ActWord = "end"
)

// What operators do.
const (
	ActOperatorEnd   ActWord = "operator_end"
	ActBlock         ActWord = "block"
	ActUnblock       ActWord = "unblock"
	ActQuotaSet      ActWord = "quota_set"
	ActQuotaClear    ActWord = "quota_clear"
	ActCreatorAdd    ActWord = "creator_add"
	ActCreatorRemove ActWord = "creator_remove"
	ActReportDismiss ActWord = "report_dismiss"
)

// OutcomeDone is the outcome of what was done.
const OutcomeDone = "done"

// ActFilter selects lines of the audit log, newest first.
type ActFilter struct {
	Nest, Actor string // "": any
	Before      Cursor // CreatedAt is the act's time
	Limit       int
}

// note writes a line in the transaction of what it tells about: what is done is in the log, and what is in the log was done.
func (s *Service) note(tx Tx, a Act) error {
	a.ID, a.At = s.NewID(), s.now()
	if a.Outcome == "" {
		a.Outcome = OutcomeDone
	}
	return tx.PutAct(a)
}

// noteOutcome writes a line about what was done outside of the store, with how it went.
func (s *Service) noteOutcome(ctx context.Context, a Act, err error) {
	if err != nil {
		if a.Outcome = string(CodeOf(err)); a.Outcome == "" {
			a.Outcome = "failed"
		}
	}
	if err := s.Store.Write(ctx, func(tx Tx) error { return s.note(tx, a) }); err != nil {
		s.Log.WarnContext(ctx, "audit line lost", "nest", a.Nest, "step", string(a.What), "err", err)
	}
}
