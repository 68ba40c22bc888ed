package nest_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

func TestCreateWithItsSpace(t *testing.T) {
	w := newWorld(t)
	const id = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c11"
	e := w.space(
		w.host, id, service, []string{"room", "Coffee"}, status("open"), []string{"relays", "wss://b.example"},
		p(w.host.pubkey, "Host"),
	)
	request := nest.CreateRequest{Host: w.host.pubkey, Relays: []string{"wss://a.example"}, Space: &e}
	for range 2 { // the second call returns the same nest
		entry, err := w.Create(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		n := entry.Nest
		if n.ID != id || n.Title != "Coffee" || n.SpaceID != e.ID || len(n.Relays) != 2 ||
			!entry.Admission.Grant.Publish {
			t.Errorf("created %+v", n)
		}
	}
	other := newKey(t)
	sameID := w.space(other, id, service, status("open"))
	_, err := w.Create(t.Context(), nest.CreateRequest{Host: other.pubkey, Space: &sameID})
	wantCode(t, err, nest.CodeIDTaken)
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	_, err = w.Create(t.Context(), request)
	wantCode(t, err, nest.CodeEnded)
}

func TestCreateRefusesForeignSpaces(t *testing.T) {
	w := newWorld(t)
	const id = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c12"
	good := w.space(w.host, id, service, status("open"))
	for name, c := range map[string]struct {
		event nest.Event
		room  string
	}{
		"another key":    {w.space(newKey(t), id, service, status("open")), ""},
		"not a uuid":     {w.space(w.host, "coffee", service, status("open")), ""},
		"another server": {w.space(w.host, id, []string{"service", "https://other.example"}, status("open")), ""},
		"closed":         {w.space(w.host, id, service, status("closed")), ""},
		"another id":     {good, "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c13"},
	} {
		_, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Space: &c.event, RoomID: c.room})
		if nest.CodeOf(err) != nest.CodeInvalidEvent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An id belongs to the key that created its row, or else to the key that announced it on this server.
func TestCreateRefusesAnIDAnnouncedByAnotherKey(t *testing.T) {
	w := newWorld(t)
	const id = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c14"
	if _, err := w.ApplySpace(t.Context(), w.space(newKey(t), id, service, status("open")), ""); err != nil {
		t.Fatal(err)
	}
	mine := w.space(w.host, id, service, status("open"))
	_, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Space: &mine})
	wantCode(t, err, nest.CodeIDTaken)
}

func TestRestartRecreatesALostNest(t *testing.T) {
	w := newWorld(t)
	const id = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c15"
	e := w.space(w.host, id, service, []string{"room", "Lost"}, status("closed"))
	_, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{})
	wantCode(t, err, nest.CodeNotFound)
	if _, err := w.ApplySpace(t.Context(), e, ""); err != nil {
		t.Fatal(err)
	}
	_, err = w.Restart(t.Context(), id, newKey(t).pubkey, nest.RestartRequest{})
	wantCode(t, err, nest.CodeNotFound)
	entry, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{})
	if err != nil || entry.Nest.Title != "Lost" || entry.Nest.Status != nest.Live || !entry.Nest.SignatureDue {
		t.Errorf("adopted %+v, %v", entry.Nest, err)
	}
}

// A nest that the loop recreates has the status of its space: a closed one stays ended, and a planned one stays
// planned.
func TestAdoptKeepsTheStatusOfTheSpace(t *testing.T) {
	for word, want := range map[string]nest.Status{
		"open":    nest.Live,
		"private": nest.Live,
		"planned": nest.Planned,
		"closed":  "",
	} {
		w := newWorld(t)
		id := uuid.NewString()
		if _, err := w.ApplySpace(t.Context(), w.space(w.host, id, service, status(word)), ""); err != nil {
			t.Fatal(err)
		}
		w.advance(time.Minute)
		err := w.Adopt(t.Context(), id, w.host.pubkey)
		if want == "" {
			wantCode(t, err, nest.CodeNotFound)
		} else if n := w.nest(id); err != nil || n.Status != want || n.SignatureDue {
			t.Errorf("%s: %s, signature due %v, %v", word, n.Status, n.SignatureDue, err)
		}
	}
}

// Expire reads the nest again in its transaction, and leaves a nest that changed.
func TestExpireLeavesAChangedNest(t *testing.T) {
	for name, between := range map[string]func(w *world, id string){
		"it has a participant": func(w *world, _ string) {
			w.media.people = []nest.Participant{{Identity: w.host.pubkey}}
		},
		"nobody knows":                func(w *world, _ string) { w.media.away = true },
		"a participant is connecting": func(w *world, id string) { _ = w.RecordRoom(t.Context(), id, "RM_2") },
		"it was opened again": func(w *world, id string) {
			_ = w.End(t.Context(), id, w.host.pubkey)
			_, _ = w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{})
		},
		"": func(*world, string) {},
	} {
		w := newWorld(t)
		id := w.createNest()
		seen := w.nest(id)
		w.advance(time.Minute)
		between(w, id)
		err := w.Expire(t.Context(), seen, "nobody was in it")
		if n := w.nest(id); err != nil || (n.Status == nest.Ended) != (name == "") {
			t.Errorf("%s: %s, %v", name, n.Status, err)
		}
	}
}

// All entry points give the same answer about the same user.
func TestEntryPointsAgree(t *testing.T) {
	w := newWorld(t)
	nonMember, banned, place := newKey(t).pubkey, newKey(t).pubkey, newKey(t).pubkey
	make := func(change func(*nest.CreateRequest)) string {
		r := nest.CreateRequest{Host: w.host.pubkey}
		change(&r)
		entry, err := w.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(t.Context(), entry.Nest.ID, w.host.pubkey, banned, true); err != nil {
			t.Fatal(err)
		}
		w.changePermissions(entry.Nest.ID, w.host.pubkey, place, nest.PermissionChange{Publish: yes()})
		return entry.Nest.ID
	}
	live := make(func(*nest.CreateRequest) {})
	noGuests := make(func(r *nest.CreateRequest) { r.Guests = no() })
	private := make(func(r *nest.CreateRequest) { r.Access = nest.Private })
	planned := make(func(r *nest.CreateRequest) { r.StartsAt = w.clock.Add(time.Hour).UnixMilli() })
	over := make(func(*nest.CreateRequest) {})
	if err := w.End(t.Context(), over, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	const unknown = "0e6a7d0c-5a53-4d27-8f3c-3a1b9a2b1c99"
	for _, c := range []struct {
		name                                          string
		id                                            string
		info, guest, nonMember, banned, speaker, host nest.Code
	}{
		{"live", live, "", "", "", nest.CodeBanned, "", ""},
		{"guests off", noGuests, "", nest.CodeGuests, "", nest.CodeBanned, "", ""},
		{"private", private, nest.CodePrivate, nest.CodePrivate, nest.CodePrivate, nest.CodeBanned, "", ""},
		{"planned", planned, "", nest.CodeNotStarted, nest.CodeNotStarted, nest.CodeBanned, "", ""},
		{"ended", over, nest.CodeEnded, nest.CodeEnded, nest.CodeEnded, nest.CodeEnded, nest.CodeEnded, nest.CodeEnded},
		{
			name:      "unknown",
			id:        unknown,
			info:      nest.CodeNotFound,
			guest:     nest.CodeNotFound,
			nonMember: nest.CodeNotFound,
			banned:    nest.CodeNotFound,
			speaker:   nest.CodeNotFound,
			host:      nest.CodeNotFound,
		},
	} {
		_, infoErr := w.Info(t.Context(), c.id, nest.Caller{})
		_, guestErr := w.JoinAsGuest(t.Context(), c.id, nest.Caller{NewGuest: true})
		if nest.CodeOf(infoErr) != c.info || nest.CodeOf(guestErr) != c.guest {
			t.Errorf("%s: info %v, guest %v", c.name, infoErr, guestErr)
		}
		for who, want := range map[string]nest.Code{
			nonMember:     c.nonMember,
			banned:        c.banned,
			place:         c.speaker,
			w.host.pubkey: c.host,
		} {
			_, joinErr := w.Join(t.Context(), c.id, who, "")
			_, gateErr := w.Admit(t.Context(), c.id, who)
			if nest.CodeOf(joinErr) != want || nest.CodeOf(gateErr) != want {
				t.Errorf("%s: join %v, gate %v, want %q", c.name, joinErr, gateErr, want)
			}
		}
	}
	w.media.away = true
	_, err := w.Join(t.Context(), live, nonMember, "")
	wantCode(t, err, nest.CodeMediaUnavailable)
	_, err = w.Join(t.Context(), unknown, nonMember, "")
	wantCode(t, err, nest.CodeNotFound)
	if _, err := w.Info(t.Context(), live, nest.Caller{}); err != nil {
		t.Errorf("info needs LiveKit: %v", err)
	}
}

func TestFullNestAdmitsConnectedUsersAndModerators(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	inside := newKey(t).pubkey
	w.media.people = []nest.Participant{
		{Identity: inside}, {Identity: newKey(t).pubkey}, {Identity: newKey(t).pubkey}, {Identity: "recorder-x"},
	}
	_, err := w.Join(t.Context(), id, newKey(t).pubkey, "")
	wantCode(t, err, nest.CodeFull)
	never := []string{inside, w.host.pubkey}
	for range 10 {
		never = append(never, newKey(t).pubkey)
		w.changePermissions(id, w.host.pubkey, never[len(never)-1], nest.PermissionChange{Admin: yes()})
	}
	for _, who := range never {
		p, err := w.Admit(t.Context(), id, who)
		if err != nil || p.Room.MaxParticipants <= len(w.media.people) {
			t.Fatalf("a connected user or a moderator was refused: LiveKit admits %d; %v", p.Room.MaxParticipants, err)
		}
		if who != inside {
			w.media.people = append(w.media.people, nest.Participant{Identity: who})
		}
	}
}

func TestConcurrentPromotionsAreAllStored(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	admins := []string{w.host.pubkey, newKey(t).pubkey}
	w.changePermissions(id, w.host.pubkey, admins[1], nest.PermissionChange{Admin: yes()})
	var people []string
	for range 50 {
		people = append(people, newKey(t).pubkey)
	}
	var wg sync.WaitGroup
	for i, pubkey := range people {
		wg.Go(func() {
			if changed, err := w.ChangePermissions(t.Context(), id, admins[i%2], nest.PermissionChange{
				Participant: pubkey,
				Publish:     yes(),
			}); !changed || err != nil {
				t.Errorf("promotion: %v %v", changed, err)
			}
		})
	}
	wg.Wait()
	v, err := w.Info(t.Context(), id, nest.Caller{})
	if err != nil || len(v.Speakers) != 51 || v.Speakers[0] != w.host.pubkey || len(v.Admins) != 2 {
		t.Errorf("%d speakers, %d admins, %v", len(v.Speakers), len(v.Admins), err)
	}
}

func TestConcurrentForcedRestartsCountOnce(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	if err := w.RecordRoom(t.Context(), id, "RM_1"); err != nil {
		t.Fatal(err)
	}
	before := w.nest(id).Generation
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{Force: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.nest(id); n.Generation != before+1 || n.StaleSID != "RM_1" || n.RoomSID != "" {
		t.Errorf("generation %d → %d, stale %q", before, n.Generation, n.StaleSID)
	}
	wantCode(t, w.RecordRoom(t.Context(), id, "RM_1"), nest.CodeMediaUnavailable)
	if err := w.RecordRoom(t.Context(), id, "RM_2"); err != nil {
		t.Error(err)
	}
}

// The space of a create call states the status, although it was signed before the call.
func TestSpaceOfACreateCallStatesTheStatus(t *testing.T) {
	w := newWorld(t)
	soon := []string{"starts", strconv.FormatInt(w.clock.Add(time.Hour).Unix(), 10)}
	inAnHour := w.clock.Add(time.Hour).UnixMilli()
	for _, c := range []struct {
		name     string
		startsAt int64
		tags     [][]string
		want     nest.Status
	}{
		{"planned", 0, [][]string{status("planned")}, nest.Planned},
		{"open, with a start ahead", 0, [][]string{status("open"), soon}, nest.Planned},
		{"open, and the call has a start ahead", inAnHour, [][]string{status("open")}, nest.Planned},
		{"open", 0, [][]string{status("open")}, nest.Live},
		{"without a status", 0, nil, nest.Live},
	} {
		id := uuid.NewString()
		e := w.space(w.host, id, append([][]string{service}, c.tags...)...)
		w.advance(2 * time.Second)
		entry, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Space: &e, StartsAt: c.startsAt})
		if n := w.nest(id); err != nil || n.Status != c.want || entry.Nest.Status != c.want || n.StatusAt == 0 ||
			n.SignatureDue {
			t.Errorf("%s: %s at %d, signature due %v; %v", c.name, n.Status, n.StatusAt, n.SignatureDue, err)
		}
	}
	id := uuid.NewString()
	older := w.space(w.host, id, service, status("open"))
	w.advance(time.Minute)
	if _, err := w.ApplySpace(t.Context(), w.space(w.host, id, service, status("closed")), ""); err != nil {
		t.Fatal(err)
	}
	_, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Space: &older})
	wantCode(t, err, nest.CodeInvalidEvent)
}

// The first space of a nest that was created by API can make it private, unless the call stated the access.
func TestFirstSpaceCanMakeTheNestPrivate(t *testing.T) {
	for _, c := range []struct {
		call nest.Access
		word string
		wait time.Duration // from the create to the space
		want nest.Access
	}{
		{"", "private", time.Second, nest.Private},
		{"", "private", -30 * time.Second, nest.Private}, // the host's clock is behind
		{"", "open", time.Second, nest.Open},
		{nest.Open, "private", time.Second, nest.Private},
		{nest.Private, "open", time.Second, nest.Private},
	} {
		w := newWorld(t)
		entry, err := w.Create(t.Context(), nest.CreateRequest{Host: w.host.pubkey, Access: c.call})
		if err != nil {
			t.Fatal(err)
		}
		w.advance(c.wait)
		e := w.space(w.host, entry.Nest.ID, service, status(c.word))
		w.advance(time.Minute)
		w.mustApply(e)
		if n := w.nest(entry.Nest.ID); n.Access != c.want || n.SignatureDue != (string(c.want) != c.word) {
			t.Errorf(
				"made %q, then a space %s after %s: %s, signature due %v", c.call, c.word, c.wait, n.Access,
				n.SignatureDue,
			)
		}
	}
}
