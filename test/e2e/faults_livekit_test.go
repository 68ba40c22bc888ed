package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/diagnose"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// livekitFaults are faults of an external LiveKit, and pairs with them.
func livekitFaults(t *testing.T, all *table) {
	s, livekit := startExternal(t, "NESTS_RATE_LIMITS=off")
	refusing := nesttest.NewRelay(t)
	host := s.user()
	id, _ := host.create()
	over, _ := host.create()
	hearing(t, host, id)
	s.becomesHealthy(id, 10*time.Second)

	livekit.Kill(t)
	all.expectVerdicts(s, fault{
		name:   "LiveKit stopped",
		nest:   id,
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
		url:    diagnose.MediaDown,
	})
	s.expectLayer("tcp")
	if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	all.expectVerdicts(s, fault{
		name:   "pair: LiveKit stopped, nest ended",
		nest:   over,
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
		url:    diagnose.MediaDown,
	})
	refusing.Set(nesttest.RelayRefusing, "blocked: not on the list")
	blocked, e := host.createAnnounced(time.Now().Add(-time.Minute), "Coffee", refusing)
	waitForDelivery(t, s.openStore(), blocked, e, refusing, nest.DeliveryRefused, "", 10*time.Second)
	all.expectVerdicts(s, fault{
		name:   "pair: LiveKit stopped, relay refuses",
		nest:   blocked,
		by:     s.operator(),
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
	})
	all.expectVerdicts(s, fault{
		name:   "pair: LiveKit stopped, nest unknown",
		nest:   uuid.NewString(),
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
	})
	lock := s.openSQLite()
	execSQL(t, lock, `BEGIN IMMEDIATE`)
	all.expectVerdicts(s, fault{
		name:   "pair: LiveKit stopped, database locked",
		nest:   id,
		report: diagnose.StoreLocked,
		doctor: diagnose.StoreLocked,
		before: diagnose.MediaDown,
	})
	execSQL(t, lock, `ROLLBACK`)

	// Another program takes the port of LiveKit.
	other := takePort(t, livekit.URL(), func(w http.ResponseWriter,
		_ *http.Request) {
		w.Write([]byte("<html>It works!</html>"))
	})
	nesttest.Eventually(t, faultLimit, func() string {
		if r := s.report("", nil); r.Verdict.Code != diagnose.MediaDown {
			return "after the lock the verdict is " + checksOf(r)
		}
		return ""
	})
	all.expectVerdicts(s, fault{
		name:   "something else than LiveKit at its URL",
		nest:   id,
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
		url:    diagnose.MediaDown,
		before: diagnose.StoreLocked,
	})
	s.expectLayer("livekit")
	other.Close()
	livekit.Start(t)
	s.becomesHealthy(id, faultLimit)

	if err := syscall.Kill(livekit.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	thaw := func() { syscall.Kill(livekit.PID(), syscall.SIGCONT) }
	t.Cleanup(thaw)
	all.expectVerdicts(s, fault{
		name:   "LiveKit frozen",
		nest:   id,
		report: diagnose.MediaDown,
		doctor: diagnose.MediaDown,
		url:    diagnose.MediaDown,
	})
	s.expectLayer("http")
	for _, frozen := range []string{id, uuid.NewString()} {
		for _, c := range s.report(frozen, s.operator()).Checks {
			if c.ID == "room" && (c.Status != diagnose.Unknown || c.Code != diagnose.MediaDown) ||
				strings.Contains(c.Summary, "no room") || strings.Contains(c.Summary, "there is none") {
				t.Errorf("with LiveKit frozen check %s is %s: %s", c.ID, c.Status, c.Summary)
			}
		}
	}
	thaw()
	s.becomesHealthy(id, faultLimit)
	strayRooms(t, all, s, livekit, id)
}

// strayRooms are rooms that no nest asked for. One of another server stays, one that names this server ends.
func strayRooms(t *testing.T, all *table, s *server, livekit *nesttest.LiveKit, id string) {
	foreign, lost := uuid.NewString(), uuid.NewString()
	ctx := within(t, 30*time.Second)
	nesttest.Join(t, s.ws(), s.guest(id))
	rooms, err := livekit.Client().Rooms(ctx)
	if err != nil || len(rooms) == 0 {
		t.Fatalf("rooms: %v %v", rooms, err)
	}
	if _, err := livekit.Client().EnsureRoom(ctx, nest.Room{Name: foreign, Metadata: `{"by":"another server"}`,
		MaxParticipants: 5}); err != nil {
		t.Fatal(err)
	}
	all.expectVerdicts(s, fault{
		name:   "room of another server",
		nest:   foreign,
		report: diagnose.ForeignRoom,
		doctor: diagnose.ForeignRoom,
		url:    diagnose.ForeignRoom,
		before: diagnose.UnknownNest,
	})
	s.becomesHealthy(id, faultLimit) // the server and other nests are healthy
	metadata, _ := json.Marshal(map[string]string{"server": nest.RoomServer(rooms[0].Metadata)})
	if _, err := livekit.Client().EnsureRoom(ctx, nest.Room{Name: lost, Metadata: string(metadata),
		MaxParticipants: 5}); err != nil {
		t.Fatal(err)
	}
	s.expectDrift(all, "room without a nest (the headline of the guide)", lost, "room_without_nest",
		diagnose.UnknownNest)
	nesttest.Eventually(t, faultLimit, func() string {
		rooms, err := livekit.Client().Rooms(ctx)
		if err != nil {
			return err.Error()
		}
		for _, r := range rooms {
			if r.Name == lost {
				return "the room without a nest still exists"
			}
		}
		return ""
	})
}

// expectLayer waits until the operator's report names the layer at which LiveKit fails.
func (s *server) expectLayer(want string) {
	s.t.Helper()
	nesttest.Eventually(s.t, faultLimit, func() string {
		for _, c := range s.doctor(s.environment()).Checks {
			if c.ID == "livekit" && c.Evidence["layer"] == want {
				return ""
			}
		}
		return "no check names the layer " + want
	})
}

// takePort serves another program on the port of a LiveKit.
func takePort(t *testing.T, url string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	_, address, _ := strings.Cut(url, "://")
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewUnstartedServer(h)
	other.Listener.Close()
	other.Listener = l
	other.Start()
	t.Cleanup(other.Close)
	return other
}

// livekitSettings are servers with wrong settings of LiveKit.
func livekitSettings(t *testing.T, all *table) {
	livekit := nesttest.StartLiveKit(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	with := func(url, secret string) []string {
		return []string{"NESTS_LIVEKIT_URL=" + url, "NESTS_LIVEKIT_API_KEY=" + nesttest.LiveKitKey,
			"NESTS_LIVEKIT_API_SECRET=" + secret}
	}
	for _, row := range []struct {
		name string
		env  []string
		want diagnose.Code
	}{
		{
			name: "LiveKit with another secret",
			env:  with(livekit.URL(), "another-secret-of-at-least-32-characters"),
			want: diagnose.MediaCredentials,
		},
		{"LiveKit's certificate is not accepted", with(secure.URL, nesttest.LiveKitSecret), diagnose.MediaDown},
		{
			name: "LiveKit's host name is unknown",
			env:  with("http://livekit.invalid:7880", nesttest.LiveKitSecret),
			want: diagnose.MediaDown,
		},
		{
			name: "LiveKit's port is wrong",
			env: with("http://127.0.0.1:"+strconv.Itoa(nesttest.FreePort(t, "tcp")),
				nesttest.LiveKitSecret),
			want: diagnose.MediaDown,
		},
	} {
		s := newServer(t, row.env...)
		s.startUnready()
		all.expectVerdicts(s, fault{name: row.name, report: row.want, doctor: row.want, url: row.want})
		s.kill()
		s.env = with(livekit.URL(), nesttest.LiveKitSecret) // as the hint says
		s.start()
		s.becomesHealthy("", faultLimit)
		s.kill()
	}
	s := newServer(t, with(livekit.URL(), "another-secret-of-at-least-32-characters")...)
	all.expectVerdicts(s, fault{name: "pair: LiveKit with another secret, server stopped", doctor: diagnose.NotRunning})
}

// startUnready starts the server and waits until it answers, ready or not.
func (s *server) startUnready() {
	s.t.Helper()
	s.launch()
	nesttest.Eventually(s.t, 20*time.Second, func() string {
		res, err := http.Get(s.base() + "/health")
		if err != nil {
			return err.Error()
		}
		res.Body.Close()
		return ""
	})
}
