package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// isSplit reports whether the servers of a test run as in deploy/docker/compose.split.yaml, with a LiveKit and a
// PostgreSQL beside each. The tests below TestSplit do.
func isSplit(t testing.TB) bool { return strings.HasPrefix(t.Name(), "TestSplit/") }

// useSplitParts starts LiveKit with the file of the compose set-up, under another host name than this machine's.
func (s *server) useSplitParts() {
	s.t.Helper()
	text, err := os.ReadFile("../../deploy/docker/livekit.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	s.own = nesttest.StartLiveKit(s.t, nesttest.WithConfig(string(text)),
		nesttest.WithWebhooks(s.base()+"/webhooks/livekit"))
	_, port, _ := strings.Cut(s.own.URL(), "127.0.0.1:")
	s.env = append(s.env, "NESTS_POSTGRES="+nesttest.Postgres(s.t), "NESTS_LIVEKIT_EXCLUSIVE=true",
		"NESTS_LIVEKIT_URL=http://"+s.withHostname("livekit")+":"+port,
		"NESTS_LIVEKIT_API_KEY="+nesttest.LiveKitKey, "NESTS_LIVEKIT_API_SECRET="+nesttest.LiveKitSecret)
	s.secrets.add(nesttest.LiveKitSecret)
}

// withHostname makes a name resolve to this machine for the server's process alone, by a hosts file of its own, as
// containers resolve each other. Only root can mount one.
func (s *server) withHostname(name string) string {
	s.t.Helper()
	if os.Getuid() != 0 {
		return "localhost"
	}
	hosts := filepath.Join(s.t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost "+name+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run = []string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$1" serve`, hosts,
		binary(s.t)}
	return name
}

// The parts run apart, as in compose.split.yaml. Tests of the one binary hold there too.
func TestSplit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"published clients: create, hear, promote, mute, restart, end": TestPublishedClientsStories,
		"participants hear each other":                                 TestParticipantsHearEachOther,
		"joins after everything":                                       TestJoinWorksAfterEverything,
		"every endpoint in every state":                                TestEveryEndpointInEveryState,
		"old tokens":                                                   TestDemotedWithAnOldToken,
		"a signed header works once":                                   TestSignedHeaderWorksOnce,
		"killed while participants are connected":                      TestKillWhileParticipantsAreConnected,
		"hands":                        TestHandsOfForeignClients,
		"bans":                         TestBannedWithAnOldToken,
		"drift: a room deleted":        TestRoomDeletedInLiveKit,
		"drift: a room without a nest": TestRoomWithoutNest,
		"drift: permissions":           TestPermissionChangedInLiveKit,
		"restarts of either":           splitRestarts,
		"no token opens LiveKit's API": TestNoClientTokenOpensTheRoomService,
	} {
		t.Run(name, test)
	}
}

// splitRestarts restarts one process after the other. The verdict names a missing one, the nest stays, and
// participants hear each other again.
func splitRestarts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, _ := host.create()
	leave := func(bots ...*nesttest.Bot) {
		for _, bot := range bots {
			bot.Leave()
		}
	}
	leave(hearingBots(t, host, id)...)
	s.stop()
	s.start()
	leave(hearingBots(t, host, id)...)

	s.own.Kill(t)
	nesttest.Eventually(t, 15*time.Second, func() string {
		if r := s.report(id, nil); r.Verdict.Code != diagnose.MediaDown {
			return "with LiveKit gone the verdict is " + string(r.Verdict.Code)
		}
		return ""
	})
	expectRefusal(t, s.get("/api/v1/nests/"+id+"/guest"), 503, "media_unavailable")
	s.own.Start(t)
	s.waitUntilJoinable(id, 10*time.Second)
	hearing(t, host, id)
	nesttest.Eventually(t, 20*time.Second, func() string {
		if r := s.report(id, nil); r.Verdict.Code != diagnose.Healthy {
			return "with LiveKit back the verdict is " + checksOf(r)
		}
		return ""
	})
	if !strings.Contains(s.log.String(), "livekit does not answer") {
		t.Error("the log does not have that LiveKit was away")
	}
	if s.run != nil && !strings.Contains(s.log.String(), "http://livekit:"+strconv.Itoa(portOf(t, s.own.URL()))) {
		t.Error("the server does not say which LiveKit it uses")
	}
}

func hearingBots(t *testing.T, host *user, id string) []*nesttest.Bot {
	talker, listener := hearing(t, host, id)
	return []*nesttest.Bot{talker, listener}
}

func portOf(t *testing.T, url string) int {
	t.Helper()
	port, err := strconv.Atoi(url[strings.LastIndex(url, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return port
}
