package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"nests/internal/diagnose"
)

// processFaults are faults of the server's process.
func processFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	id, _ := s.user().create()
	all.expectVerdicts(s, fault{
		name:   "nothing",
		nest:   id,
		report: diagnose.Healthy,
		doctor: diagnose.Healthy,
		url:    diagnose.Healthy,
	})
	s.kill()
	all.expectVerdicts(s, fault{
		name:   "server killed",
		nest:   id,
		doctor: diagnose.NotRunning,
		url:    diagnose.WrongAPIBase,
	})
	env := slices.Clone(s.env)
	s.env = append(s.env, "NESTS_MAX_PARTICIPANTS=many")
	all.expectVerdicts(s, fault{name: "pair: configuration refused, server killed", doctor: diagnose.ConfigRefused})
	s.env = append(env, "NESTS_LIVEKIT_API_SECRET=secret")
	all.expectVerdicts(s, fault{
		name:   "pair: a secret that everyone knows, server killed",
		doctor: diagnose.ConfigRefused,
	})
	s.env = env
	s.start() // as the hint says
	all.expectVerdicts(s, fault{
		name:   "server just restarted",
		nest:   id,
		report: diagnose.Healthy,
		doctor: diagnose.Healthy,
		url:    diagnose.Healthy,
	})

	if err := syscall.Kill(s.cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	all.expectVerdicts(s, fault{
		name:   "server frozen",
		nest:   id,
		doctor: diagnose.NotRunning,
		url:    diagnose.WrongAPIBase,
	})
	for _, c := range s.doctor(s.environment()).Checks {
		if c.ID == "instance" && !strings.Contains(c.Summary, "accepts connections") {
			t.Errorf("a frozen server is reported as %q", c.Summary)
		}
	}
	syscall.Kill(s.cmd.Process.Pid, syscall.SIGCONT)
	s.becomesHealthy(id, faultLimit)
	fresh := newServer(t)
	all.expectVerdicts(fresh, fault{name: "never started", doctor: diagnose.NotRunning, url: diagnose.WrongAPIBase})
	fresh.start()
	all.expectVerdicts(fresh, fault{name: "pair: id of no nest, on a server without any", nest: uuid.NewString(),
		report: diagnose.UnknownNest,
		doctor: diagnose.UnknownNest, url: diagnose.UnknownNest})
}
