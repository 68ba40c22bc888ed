package nest_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
)

// newWorldWithOperator returns a world with a block list, and its operator.
func newWorldWithOperator(t *testing.T) (*world, key) {
	t.Helper()
	w, operator := newWorld(t), newKey(t)
	w.Operators = []string{operator.pubkey}
	w.Blocks = &nest.BlockList{Store: w.Store, Now: w.Now, Log: w.Log}
	return w, operator
}

// create creates a nest of the host and returns its id.
func (w *world) create(r nest.CreateRequest) string {
	w.t.Helper()
	r.Host = w.host.pubkey
	entry, err := w.Create(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return entry.Nest.ID
}

func TestBlockSubjects(t *testing.T) {
	key := strings.Repeat("ab", 32)
	for text, want := range map[string]string{
		key:                  key,
		"203.0.113.7":        "203.0.113.7/32",
		"203.0.113.7/24":     "203.0.113.0/24",
		"::ffff:203.0.113.7": "203.0.113.7/32",
		"2001:db8::1":        "2001:db8::/64", "2001:db8::1/128": "2001:db8::1/128", "10.0.0.0/8": "10.0.0.0/8",
		strings.ToUpper(key): "",
		"":                   "",
		"nests.example":      "",
		"0.0.0.0/0":          "",
		"::/0":               "",
		"127.0.0.1":          "",
		"::1":                "",
		"::ffff:1.2.3.0/120": "",
	} {
		got, err := nest.BlockSubject(text)
		if got != want || (err != nil) != (want == "") || want == "" && nest.CodeOf(err) != "invalid_subject" {
			t.Errorf("%q is stored as %q (%v), want %q", text, got, err, want)
		}
	}
}

// connections records calls of Disconnect.
type connections struct{ blocked nest.Blocked }

func (c *connections) Disconnect(_ context.Context, blocked nest.Blocked) { c.blocked = blocked }

// A blocked key is refused at every entry point, whatever its role. After the block is lifted, nothing has changed.
func TestBlockedKeyIsRefusedEverywhere(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	part := &connections{}
	w.Blocks.Disconnect = []nest.Disconnecter{part}
	ann := newKey(t)
	id := w.create(nest.CreateRequest{})
	if _, err := w.Block(t.Context(), operator.pubkey, nest.Block{
		Subject: ann.pubkey,
		Reason:  " spam ",
		Until:   w.clock.Add(time.Hour).UnixMilli(),
	}); err != nil {
		t.Fatal(err)
	}
	enforced := part.blocked.New
	if len(enforced) != 1 || !part.blocked.Key(ann.pubkey) || part.blocked.Key(w.host.pubkey) ||
		enforced[0].Subject != ann.pubkey || enforced[0].Reason != "spam" || enforced[0].By != operator.pubkey {
		t.Errorf("enforced is %+v", enforced)
	}
	doors := map[string]func() error{
		"gate": func() error { _, err := w.Admit(t.Context(), id, ann.pubkey); return err },
		"join": func() error { _, err := w.Join(t.Context(), id, ann.pubkey, ""); return err },
		"relay": func() error {
			_, err := w.ApplySignal(t.Context(), nest.Event{PubKey: ann.pubkey, Kind: nest.KindPresence}, "")
			return err
		},
		"adoption": func() error { return w.Adopt(t.Context(), "00000000-0000-4000-8000-000000000001", ann.pubkey) },
	}
	for name, door := range doors {
		err := door()
		if nest.CodeOf(err) != nest.CodeBlocked || strings.Contains(err.Error(), "spam") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.CheckBlocked(w.host.pubkey); err != nil {
		t.Errorf("another user: %v", err)
	}
	if err := w.Unblock(t.Context(), operator.pubkey, ann.pubkey); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gate", "join"} {
		if err := doors[name](); err != nil {
			t.Errorf("%s after the block was lifted: %v", name, err)
		}
	}
}

func TestBlocksExpireAndHoldOnAllNodes(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	ann := newKey(t)
	other := &nest.BlockList{Store: w.Store, Now: w.Now, Log: w.Log} // of another node
	for _, subject := range []string{ann.pubkey, "203.0.113.0/24", "2001:db8::5"} {
		if _, err := w.Block(t.Context(), operator.pubkey, nest.Block{
			Subject: subject,
			Until:   w.clock.Add(time.Minute).UnixMilli(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	blocked := func(l *nest.BlockList) string {
		list := ""
		for _, addr := range []string{"203.0.113.9", "203.0.114.9", "2001:db8::ffff", "2001:db8:0:1::1", ""} {
			parsed, _ := netip.ParseAddr(addr)
			_, is := l.MatchAddress(parsed)
			list += fmt.Sprint(is, " ")
		}
		_, is := l.MatchKey(ann.pubkey)
		return list + fmt.Sprint(is)
	}
	const want = "true false true false false true"
	if got := blocked(w.Blocks); got != want {
		t.Errorf("on this node: %s, want %s", got, want)
	}
	if err := other.Load(t.Context()); err != nil || blocked(other) != want {
		t.Errorf("on another node: %s, want %s (%v)", blocked(other), want, err)
	}
	w.advance(time.Minute)
	if got := blocked(w.Blocks); strings.Contains(got, "true") {
		t.Errorf("after they expired: %s", got)
	}
	if left, err := w.ActiveBlocks(t.Context()); len(left) > 0 || err != nil {
		t.Errorf("listed after they expired: %+v %v", left, err)
	}
}

func TestRefusedBlocks(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	for code, b := range map[nest.Code]nest.Block{
		"invalid_subject": {Subject: operator.pubkey},
		"invalid_until":   {Subject: w.host.pubkey, Until: w.clock.UnixMilli()},
		"invalid_reason":  {Subject: w.host.pubkey, Reason: strings.Repeat("x", 501)},
	} {
		if _, err := w.Block(t.Context(), operator.pubkey, b); nest.CodeOf(err) != code {
			t.Errorf("%+v: %v, want %s", b, err, code)
		}
	}
	if _, err := w.Block(
		t.Context(), w.host.pubkey, nest.Block{Subject: newKey(t).pubkey},
	); nest.CodeOf(err) != nest.CodeOperatorOnly {
		t.Errorf("by a non-member: %v", err)
	}
}

// Live and planned nests count, ended ones do not. Creating, restarting and reopening all respect the limit.
func TestQuota(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	w.Quota = 2
	first := w.create(nest.CreateRequest{})
	w.create(nest.CreateRequest{StartsAt: w.clock.Add(time.Hour).UnixMilli()})
	create := func(host string) nest.Code {
		_, err := w.Create(t.Context(), nest.CreateRequest{Host: host})
		return nest.CodeOf(err)
	}
	if code := create(w.host.pubkey); code != nest.CodeQuota {
		t.Errorf("a third nest: %q", code)
	}
	if err := w.End(t.Context(), first, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	third := w.create(nest.CreateRequest{})
	if _, err := w.Restart(
		t.Context(), first, w.host.pubkey, nest.RestartRequest{},
	); nest.CodeOf(err) != nest.CodeQuota {
		t.Errorf("an ended nest reopened by API: %v", err)
	}
	w.advance(time.Minute)
	if applied, err := w.ApplySpace(
		t.Context(), w.space(w.host, first, []string{"status", "open"}, service), "",
	); err != nil || !applied || w.nest(first).Status != nest.Ended {
		t.Errorf("an ended nest reopened by its space: %v %v, is %s", applied, err, w.nest(first).Status)
	}
	if err := w.SetQuota(t.Context(), operator.pubkey, w.host.pubkey, 3); err != nil {
		t.Fatal(err)
	}
	if code := create(w.host.pubkey) + create(w.host.pubkey); code != nest.CodeQuota {
		t.Errorf("a third and a fourth with a quota of three: %q", code)
	}
	for _, quota := range []struct {
		nests int
		want  nest.Code
	}{{0, ""}, {-1, nest.CodeQuota}} { // no limit, then the server's limit again
		if err := w.SetQuota(t.Context(), operator.pubkey, w.host.pubkey, quota.nests); err != nil {
			t.Fatal(err)
		}
		if code := create(w.host.pubkey); code != quota.want {
			t.Errorf("with the quota set to %d: %q, want %q", quota.nests, code, quota.want)
		}
	}
	if code := create(operator.pubkey) + create(operator.pubkey) + create(operator.pubkey); code != "" {
		t.Errorf("an operator: %q", code)
	}
	if err := w.End(t.Context(), third, w.host.pubkey); err != nil {
		t.Errorf("end: %v", err)
	}
}

func TestCreateRules(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	ann, bob := newKey(t), newKey(t)
	create := func(host key) nest.Code {
		_, err := w.Create(t.Context(), nest.CreateRequest{Host: host.pubkey})
		return nest.CodeOf(err)
	}
	expect := func(what string, want nest.Code, got ...nest.Code) {
		t.Helper()
		for _, code := range got {
			if code != want {
				t.Errorf("%s: %q, want %q", what, code, want)
			}
		}
	}
	w.CreateRule = nest.CreateList
	expect("not on the list", nest.CodeCreateRefused, create(ann))
	expect("an operator", "", create(operator))
	if err := w.AddCreator(t.Context(), operator.pubkey, ann.pubkey); err != nil {
		t.Fatal(err)
	}
	expect("on the list", "", create(ann))
	expect("another", nest.CodeCreateRefused, create(bob))
	id := "00000000-0000-4000-8000-00000000000a"
	space := w.space(bob, id, []string{"status", "open"}, service)
	if _, err := w.Restart(
		t.Context(), id, bob.pubkey, nest.RestartRequest{Space: &space},
	); nest.CodeOf(err) != nest.CodeCreateRefused {
		t.Errorf("restarting a lost nest got around the list: %v", err)
	}
	if err := w.RemoveCreator(t.Context(), operator.pubkey, ann.pubkey); err != nil {
		t.Fatal(err)
	}
	expect("off the list", nest.CodeCreateRefused, create(ann))

	w.CreateRule = nest.CreateFollows
	follows := func(by key, at int64, keys ...string) bool {
		e := nest.Event{ID: fmt.Sprintf("%064x", at), PubKey: by.pubkey, Kind: nest.KindFollows, CreatedAt: at}
		for _, k := range keys {
			e.Tags = append(e.Tags, []string{"p", k})
		}
		news, err := w.ApplyFollowList(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		return news
	}
	_, err := w.Create(t.Context(), nest.CreateRequest{Host: ann.pubkey})
	if nest.CodeOf(err) != nest.CodeCreateRefused || !strings.Contains(err.Error(), "no follow list") {
		t.Errorf("before a follow list was stored: %v", err)
	}
	now := w.clock.Unix()
	if !follows(operator, now, ann.pubkey, "junk", ann.pubkey) || follows(operator, now-1, bob.pubkey) ||
		follows(operator, now, ann.pubkey) ||
		follows(bob, now, bob.pubkey) || follows(operator, now+16*60, bob.pubkey) {
		t.Error("an older, equal, foreign or future follow list was stored, or a newer one was not")
	}
	expect("followed", "", create(ann))
	expect("not followed", nest.CodeCreateRefused, create(bob))
	follows(operator, now+1, bob.pubkey)
	expect("followed no more", nest.CodeCreateRefused, create(ann))
	expect("followed since", "", create(bob))
}

// The log has every action once, with actor, target and nest. It has refused actions of operators only.
func TestAuditLog(t *testing.T) {
	w, operator := newWorldWithOperator(t)
	ann := newKey(t)
	id := w.create(nest.CreateRequest{Access: nest.Private})
	ctx, host := t.Context(), w.host.pubkey
	invite, _, err := w.CreateInvite(ctx, id, host, nest.InviteRequest{})
	if err != nil {
		t.Fatal(err)
	}
	permit := func(c nest.PermissionChange) error {
		c.Participant = ann.pubkey
		_, err := w.ChangePermissions(ctx, id, host, c)
		return err
	}
	self := func(publish *bool) error {
		_, err := w.ChangePermissions(ctx, id, ann.pubkey, nest.PermissionChange{
			Participant: ann.pubkey,
			Publish:     publish,
		})
		return err
	}
	steps := []struct {
		do   func() error
		want string
	}{
		{func() error { return w.RevokeInvite(ctx, id, host, invite.ID) }, "invite_revoke " + invite.ID},
		{func() error { return w.RevokeInvite(ctx, id, host, invite.ID) }, ""},
		{func() error { return w.RevokeInvite(ctx, id, host, strings.Repeat("x", 1<<20)) }, ""},
		{func() error { return w.GrantAccess(ctx, id, host, ann.pubkey) }, "place_give " + ann.pubkey},
		{func() error { return w.GrantAccess(ctx, id, host, ann.pubkey) }, ""},
		{func() error { return permit(nest.PermissionChange{Publish: yes()}) }, "stage_give " + ann.pubkey},
		{func() error { return self(no()) }, ""},
		{func() error { return permit(nest.PermissionChange{Admin: yes()}) }, "admin_give " + ann.pubkey},
		{func() error { return permit(nest.PermissionChange{Mute: yes()}) }, "mute " + ann.pubkey},
		{func() error { return w.MuteAll(ctx, id, host) }, "mute_all "},
		{func() error { return permit(nest.PermissionChange{Admin: no()}) }, "admin_take " + ann.pubkey},
		{func() error { return w.SetHand(ctx, id, ann.pubkey, "", true) }, ""},
		{func() error { return w.SetHand(ctx, id, host, ann.pubkey, false) }, "hand_lower " + ann.pubkey},
		{func() error { return w.Remove(ctx, id, host, ann.pubkey, false) }, "kick " + ann.pubkey},
		{func() error { return w.Remove(ctx, id, host, ann.pubkey, true) }, "ban " + ann.pubkey},
		{func() error { return w.LiftBan(ctx, id, host, ann.pubkey) }, "ban_lift " + ann.pubkey},
		{func() error { return w.RevokeAccess(ctx, id, host, ann.pubkey) }, "place_take " + ann.pubkey},
		{func() error { return w.End(ctx, id, host) }, "end "},
		{func() error { _, err := w.Restart(ctx, id, host, nest.RestartRequest{}); return err }, "open "},
		{func() error { return w.EndByOperator(ctx, id, operator.pubkey) }, "operator_end "},
		{func() error { return w.EndByOperator(ctx, id, operator.pubkey) }, ""},
		{func() error { return w.AddCreator(ctx, operator.pubkey, ann.pubkey) }, "creator_add " + ann.pubkey},
		{func() error { return w.SetQuota(ctx, operator.pubkey, ann.pubkey, 1) }, "quota_set " + ann.pubkey},
	}
	seen := 1 // the invite
	for i, step := range steps {
		w.advance(time.Second)
		if err := step.do(); err != nil {
			t.Fatalf("step %d, %q: %v", i, step.want, err)
		}
		acts, _, err := w.AuditLog(ctx, nest.AuditFilter{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if step.want == "" {
			if len(acts) != seen {
				t.Errorf("step %d added %+v", i, acts[0])
			}
			continue
		}
		seen++
		if got := string(acts[0].Action) + " " + acts[0].Target; len(acts) != seen || got != step.want ||
			acts[0].Outcome != nest.OutcomeDone || acts[0].At != w.clock.UnixMilli() {
			t.Errorf("step %d: %d entries, the last %+v; want %d and %q", i, len(acts), acts[0], seen, step.want)
		}
	}
	if _, err := w.ChangePermissions(ctx, id, ann.pubkey, nest.PermissionChange{
		Participant: host,
		Publish:     no(),
	}); err == nil {
		t.Error("a nonMember moves the host")
	}
	// A full page has a cursor only if another page follows.
	all, next, err := w.AuditLog(ctx, nest.AuditFilter{Limit: 2}, "")
	for err == nil && next != "" {
		var more []nest.AuditEntry
		if more, next, err = w.AuditLog(ctx, nest.AuditFilter{Limit: 2}, next); len(more) == 0 {
			t.Error("the cursor of a page leads to an empty one")
		}
		all = append(all, more...)
	}
	if whole, more, _ := w.AuditLog(ctx, nest.AuditFilter{Limit: len(all)}, ""); len(whole) != len(all) || more != "" {
		t.Errorf("a page of all %d entries has %d and the cursor %q", len(all), len(whole), more)
	}
	if _, more, _ := w.AuditLog(ctx, nest.AuditFilter{Limit: len(all) - 1}, ""); more == "" {
		t.Error("a page of all entries but one has no cursor")
	}
	own, _, err := w.NestAuditLog(ctx, id, host, "")
	if err != nil || slices.ContainsFunc(own, func(a nest.AuditEntry) bool { return a.Nest != id }) ||
		len(own) != seen-2 {
		t.Errorf("the log of the nest has %d entries of %d: %v", len(own), seen, err)
	}
	if _, _, err := w.NestAuditLog(ctx, id, ann.pubkey, ""); nest.CodeOf(err) != nest.CodeForbidden {
		t.Errorf("a listener reads the log: %v", err)
	}
}
