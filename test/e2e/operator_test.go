package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/nip"
)

// operate calls an operation of the operator's API.
func (u *user) operate(method, path string, body any) answer {
	u.t.Helper()
	url := u.s.base() + "/api/v1/operator" + path
	return u.s.send(method, url, u.header(method, url), body)
}

// mustOperate is operate and checks for success.
func (u *user) mustOperate(method, path string, body any) answer {
	u.t.Helper()
	a := u.operate(method, path, body)
	if a.status >= 300 {
		u.t.Fatalf("%s %s answered %d %s", method, path, a.status, a.text)
	}
	return a
}

// startOperated starts a server with an operator, behind a trusted proxy on this machine.
func startOperated(t testing.TB, env ...string) (*server, *user) {
	s := newServer(t)
	operator := s.user()
	s.env = append(env, "NESTS_OPERATORS="+operator.pubkey, "NESTS_TRUSTED_PROXIES=127.0.0.1/32")
	s.start()
	return s, operator
}

// A key blocked while its user speaks is silent and disconnected at once, and every endpoint refuses it, also with
// older tokens. Connections from a blocked address are closed. Both work again once the block is lifted.
func TestBlockedWhileInside(t *testing.T) {
	t.Parallel()
	s, operator := startOperated(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	talker, listener := hearing(t, host, id)
	token := ann.join(id)
	speaker := nesttest.Speaker(t, s.ws(), token)
	nesttest.Eventually(t, 10*time.Second, listener.Hears(ann.pubkey))
	address := "30312:" + host.pubkey + ":" + id
	line := func(text string) nest.Event { return ann.sign(1311, time.Now(), text, []string{"a", address}) }
	s.mustPublish(line("before"))

	from := http.Header{"X-Forwarded-For": {"203.0.113.9"}}
	ctx := within(t, 60*time.Second)
	dial := func(path string) (*websocket.Conn, error) {
		ws, _, err := websocket.Dial(ctx, s.ws()+path, &websocket.DialOptions{HTTPHeader: from})
		if err == nil {
			ws.SetReadLimit(1 << 20)
			t.Cleanup(func() { ws.CloseNow() })
		}
		return ws, err
	}
	signal, err := dial("/rtc?protocol=15&sdk=go&access_token=" + s.guest(id))
	if err != nil {
		t.Fatal(err)
	}
	chat, err := dial("/relay")
	if err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, 5*time.Second, s.hasParticipants(id, 4))

	began := time.Now()
	operator.mustOperate(http.MethodPost, "/blocks", map[string]any{"subject": nip.Npub(ann.pubkey), "reason": "spam"})
	select {
	case <-speaker.Gone():
	case <-time.After(5 * time.Second):
		t.Fatal("the blocked user is inside after 5 s")
	}
	t.Logf("out %s after the block", time.Since(began).Round(time.Millisecond))
	nesttest.Eventually(t, 5*time.Second, listener.HearsNot(ann.pubkey))
	expectAllRefused := func(code string) {
		t.Helper()
		expectRefusal(t, s.get("/rtc/validate?access_token="+token), 403, code)
		expectRefusal(t, s.get("/rtc?access_token="+s.oldToken(id, ann.pubkey)), 403, code)
		expectRefusal(t, ann.call(http.MethodGet, "/"+id, nil), 403, code)
		expectRefusal(t, ann.call(http.MethodPut, "", nil), 403, code)
		expectRefusal(t, ann.call(http.MethodPost, "/"+id+"/hand", map[string]any{"raised": true}), 403, code)
	}
	expectAllRefused("blocked")
	if ok, words := s.publish(line("during")); ok || !strings.HasPrefix(words, "blocked: ") {
		t.Errorf("our relay answers %v %q to a blocked key", ok, words)
	}

	operator.mustOperate(http.MethodPost, "/blocks", map[string]any{"subject": "203.0.113.0/24"})
	cut := func(what string, ws *websocket.Conn) {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		for {
			if _, _, err := ws.Read(ctx); errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the %s connection of a blocked address goes on", what)
				return
			} else if err != nil {
				return
			}
		}
	}
	cut("signalling", signal)
	cut("relay", chat)
	nesttest.Eventually(t, 5*time.Second, s.hasParticipants(id, 2))
	if _, err := dial("/relay"); err == nil {
		t.Error("a blocked address connects to the relay")
	}
	if talker.Reason()+listener.Reason() != "" {
		t.Errorf("another participant was disconnected: %s %s", talker.Reason(), listener.Reason())
	}

	s.kill() // the store has the blocks
	s.start()
	expectAllRefused("blocked")
	operator.mustOperate(http.MethodDelete, "/blocks/"+ann.pubkey, nil)
	operator.mustOperate(http.MethodDelete, "/blocks/"+url.PathEscape("203.0.113.0/24"), nil)
	ann.join(id)
	s.mustPublish(line("after"))
	if _, err := dial("/relay"); err != nil {
		t.Errorf("after the block was lifted: %v", err)
	}
}

// hasParticipants returns a function for Eventually that complains until info counts so many participants.
func (s *server) hasParticipants(id string, want float64) func() string {
	return func() string {
		if a := s.info(id); a.body["participantCount"] != want {
			return "info is " + a.text
		}
		return ""
	}
}

// runOperator runs nests operator on this machine and returns its output and its exit code.
func (s *server) runOperator(args ...string) (out string, code int) {
	s.t.Helper()
	cmd := exec.CommandContext(within(s.t, 20*time.Second), binary(s.t), append([]string{"operator"}, args...)...)
	cmd.Env = s.environment()
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return text.String(), cmd.ProcessState.ExitCode()
}

// The command line does everything through the running server, on either database, and the audit log records it.
func TestOperatorCommands(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": nesttest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			operatorCommands(t, "NESTS_POSTGRES="+database(t))
		})
	}
}

func operatorCommands(t *testing.T, env string) {
	s, _ := startOperated(t, env, "NESTS_CREATE=list", "NESTS_QUOTA=1")
	host, ann := s.user(), s.user()
	runs := func(want string, args ...string) string {
		t.Helper()
		out, code := s.runOperator(args...)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("operator %v ends with %d and %q, want %q", args, code, out, want)
		}
		return out
	}
	expectRefusal(t, host.call(http.MethodPut, "", nil), 403, "create_not_allowed")
	runs("is on the list", "creators", "add", nip.Npub(host.pubkey))
	runs(host.pubkey, "creators")
	id, _ := host.create()
	expectRefusal(t, host.call(http.MethodPut, "", nil), 403, "quota_exceeded")
	runs("2 for", "quota", host.pubkey, "2")
	other, _ := host.create()
	runs(host.pubkey, "quota", "--json")

	runs("no nest", "nests")
	runs(id, "nests", "--all")
	runs("2 live", "status")
	report := ann.sign(nest.KindReport, time.Now(), "sells things\x1b[31m", []string{"p", host.pubkey, "spam"},
		[]string{"a", "30312:" + host.pubkey + ":" + id})
	s.mustPublish(report)
	if out := runs("sells things", "reports"); strings.Contains(out, "\x1b") || !strings.Contains(out, id) {
		t.Errorf("the report reads %q", out)
	}
	runs("dismissed", "reports", "dismiss", report.ID)
	runs("no reports", "reports")
	runs("ended", "end", id)
	expectRefusal(t, s.info(id), 404, "nest_ended")
	runs("blocked "+ann.pubkey+" until", "block", ann.pubkey, "--reason", "spam", "--for", "1h")
	runs("blocked 2001:db8::/64", "block", "2001:db8::1")
	expectRefusal(t, ann.call(http.MethodGet, "/"+other, nil), 403, "blocked")
	runs("spam", "blocks")
	runs("unblocked", "unblock", ann.pubkey)
	runs("unblocked", "unblock", "2001:db8::/64")
	runs("nothing is blocked", "blocks")
	ann.join(other)
	runs("off the list", "creators", "remove", host.pubkey)
	runs("the default quota applies", "quota", host.pubkey, "default")

	var log struct {
		Acts []struct{ Act, Actor, Target, Outcome string }
	}
	out, _ := s.runOperator("audit", "--json")
	if err := json.Unmarshal([]byte(out), &log); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	acts := ""
	for _, a := range log.Acts {
		acts = a.Act + " " + acts
		if a.Actor != s.operator().pubkey || a.Outcome != "done" {
			t.Errorf("the log has %+v", a)
		}
	}
	want := "creator_add quota_set report_dismiss operator_end block block unblock unblock creator_remove quota_clear "
	if acts != want {
		t.Errorf("the log has %q, want %q", acts, want)
	}
	for _, wrong := range []struct {
		code int
		says string
		args []string
	}{
		{2, "too wide", []string{"block", "0.0.0.0/0"}},
		{2, "key of an operator", []string{"block", s.operator().pubkey}},
		{1, "Room not found", []string{"end", "00000000-0000-4000-8000-000000000000"}},
	} {
		if out, code := s.runOperator(wrong.args...); code != wrong.code || !strings.Contains(out, wrong.says) {
			t.Errorf("operator %v ends with %d and %q", wrong.args, code, out)
		}
	}
}

// Users whom the operator follows may create. The follow list arrives on our relay or on another, and survives a
// restart.
func TestOperatorsFollowsCreate(t *testing.T) {
	t.Parallel()
	outside := nesttest.NewRelay(t)
	s, operator := startOperated(t, "NESTS_CREATE=follows", "NESTS_RELAYS="+outside.URL)
	ann, bob := s.user(), s.user()
	a := ann.call(http.MethodPut, "", nil)
	expectRefusal(t, a, 403, "create_not_allowed")
	if !strings.Contains(a.str("error"), "no follow list") || !strings.Contains(a.str("hint"), "NESTS_RELAYS") {
		t.Errorf("without a follow list: %s", a.text)
	}
	operator.create()
	follows := func(at time.Time, keys ...string) nest.Event {
		var tags [][]string
		for _, key := range keys {
			tags = append(tags, []string{"p", key})
		}
		return operator.sign(nest.KindFollows, at, "", tags...)
	}
	s.mustPublish(follows(time.Now().Add(-time.Minute), ann.pubkey))
	ann.create()
	expectRefusal(t, bob.call(http.MethodPut, "", nil), 403, "create_not_allowed")
	outside.Put(t, follows(time.Now(), bob.pubkey))
	nesttest.Eventually(t, 15*time.Second, func() string {
		if a := bob.call(http.MethodPut, "", nil); a.status != 200 {
			return a.text
		}
		return ""
	})
	outside.Set(nesttest.RelayDown, "")
	s.kill()
	s.start()
	bob.create()
	expectRefusal(t, ann.call(http.MethodPut, "", nil), 403, "create_not_allowed")
}
