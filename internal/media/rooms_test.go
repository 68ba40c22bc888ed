package media_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// listedRoom is the rig's room as LiveKit lists it; false when LiveKit does not list it.
func (s *rig) listedRoom() (nest.RoomState, bool) {
	s.t.Helper()
	rooms, err := s.client.Rooms(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rooms {
		if r.Name == s.room {
			return r, true
		}
	}
	return nest.RoomState{}, false
}

func (s *rig) ensure() string {
	s.t.Helper()
	sid, err := s.client.EnsureRoom(s.t.Context(), s.admitter.room)
	if err != nil {
		s.t.Fatal(err)
	}
	return sid
}

func TestRoomLifecycle(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	ctx := t.Context()
	if _, exists := s.listedRoom(); exists {
		t.Fatal("the room exists before it is created")
	}
	before := time.Now()
	sid := s.ensure()
	room, exists := s.listedRoom()
	if !exists || room.SID != sid || room.Metadata != `{"server":"test"}` || room.MaxParticipants != 50 ||
		room.CreatedAt < before.Add(-time.Second).UnixMilli() || room.CreatedAt > time.Now().UnixMilli() {
		t.Errorf("listed as %+v, %v", room, exists)
	}
	if again := s.ensure(); again != sid {
		t.Errorf("ensured twice: %s, %s", sid, again)
	}
	if err := s.client.SetMetadata(ctx, s.room, `{"server":"test","host":"x"}`); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, timeout, func() string {
		if room, _ := s.listedRoom(); room.Metadata != `{"server":"test","host":"x"}` {
			return "metadata is " + room.Metadata
		}
		return ""
	})
	if err := s.client.EndRoom(ctx, s.room, "RM_another"); err != nil {
		t.Fatal(err)
	}
	if room, _ := s.listedRoom(); room.SID != sid {
		t.Fatal("a room of another SID was ended")
	}
	if err := s.client.EndRoom(ctx, s.room, sid); err != nil {
		t.Fatal(err)
	}
	if room, exists := s.listedRoom(); exists {
		t.Errorf("ended room is listed as %+v", room)
	}
	if next := s.ensure(); next == sid {
		t.Error("a new room inherited the SID of the ended one")
	}
}

func TestConcurrentEnsureRoomCreatesOneRoom(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		sids = make(map[string]bool)
	)
	for range 20 {
		all.Go(func() {
			sid, err := s.client.EnsureRoom(t.Context(), s.admitter.room)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sids[sid] = true
		})
	}
	all.Wait()
	if len(sids) != 1 {
		t.Errorf("rooms: %v", sids)
	}
}

// A client connects while the last session is being closed. LiveKit deletes the record of a room a second time when it
// answers a delete. A room created before that answer would live on without a record.
func TestEnsureRoomDuringEndRoomLosesNoRecord(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	for round := range nesttest.Rounds(20, 100) {
		s.ensure()
		ended := make(chan error, 1)
		go func() { ended <- s.client.EndRoom(t.Context(), s.room, "") }()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 5 {
					if _, err := s.client.EnsureRoom(t.Context(), s.admitter.room); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		sid := s.ensure()
		if room, exists := s.listedRoom(); !exists || room.SID != sid {
			t.Fatalf("round %d: the room ensured as %s is listed as %+v, %v", round, sid, room, exists)
		}
	}
}

// Calls for a room or a participant that does not exist succeed, and at once: LiveKit takes 3 s to answer some calls.
func TestCallsForAbsentSucceed(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	for _, room := range []string{"no room", "empty room"} {
		t.Run(room, func(t *testing.T) {
			if room == "empty room" {
				s.ensure()
			}
			ctx, identity, start := t.Context(), newKey(), time.Now()
			if err := s.client.Remove(ctx, s.room, identity); err != nil {
				t.Error(err)
			}
			if muted, err := s.client.Mute(ctx, s.room, identity); err != nil || muted {
				t.Error(muted, err)
			}
			if err := s.client.SetGrant(ctx, s.room, identity, nest.Grant{Publish: true}, nil); err != nil {
				t.Error(err)
			}
			if err := s.client.SetMetadata(ctx, s.room, "{}"); err != nil {
				t.Error(err)
			}
			if err := s.client.EndRoom(ctx, s.room, ""); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// LiveKit returns an error for a participant that leaves during the call to remove it.
func TestRemoveSucceedsIfParticipantLeaves(t *testing.T) {
	t.Parallel()
	for name, present := range map[string]bool{"gone": false, "still there": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				code, status := "internal", http.StatusInternalServerError
				if strings.HasSuffix(r.URL.Path, "/UpdateParticipant") && !present {
					code, status = "not_found", http.StatusNotFound
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"code":%q,"msg":"test"}`, code)
			}))
			defer server.Close()
			client := &media.Client{URL: server.URL, Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret}
			if err := client.Remove(t.Context(), newID(), newKey()); (err != nil) != present {
				t.Errorf("remove: %v", err)
			}
		})
	}
}
