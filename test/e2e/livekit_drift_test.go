package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"nests/internal/nest"
	"nests/internal/nesttest"
)

// Every endpoint answers at once for 200 created nests, and LiveKit has no room for any of them.
func TestTwoHundredNestsAnswerAtEveryEndpoint(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, ann := s.user(), s.user()
	for range 200 {
		id, _ := host.create()
		if a := s.get("/api/v1/nests/" + id + "/info"); a.status != 200 || a.str("host") != host.pubkey ||
			a.str("status") != "active" {
			t.Fatalf("info answered %d %s", a.status, a.text)
		}
		s.guest(id)
		ann.join(id)
		host.join(id)
	}
	if rooms := s.rooms(); len(rooms) != 0 {
		t.Errorf("200 nests without participants cost %d LiveKit rooms", len(rooms))
	}
}

// A program deletes LiveKit's room. Every endpoint still answers, and the next client gets a room with the nest's
// settings.
func TestRoomDeletedInLiveKit(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, token := host.create()
	nesttest.Join(t, s.ws(), token)
	before := s.room(id)
	if err := s.livekit().EndRoom(within(t, 10*time.Second), id, ""); err != nil {
		t.Fatal(err)
	}
	if a := s.get("/api/v1/nests/" + id + "/info"); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
	guest := nesttest.Join(t, s.ws(), s.guest(id))
	nesttest.Speaker(t, s.ws(), host.join(id))
	nesttest.Eventually(t, 10*time.Second, guest.Hears(host.pubkey))
	after := s.room(id)
	if after.SID == before.SID || after.MaxParticipants != before.MaxParticipants || after.MaxParticipants == 0 {
		t.Errorf("room before %+v, after %+v", before, after)
	}
	var metadata struct {
		Host             string
		Speakers, Admins []string
		Link, Server     string
		Recording        *bool
	}
	if err := json.Unmarshal([]byte(after.Metadata), &metadata); err != nil || metadata.Host != host.pubkey ||
		len(metadata.Speakers) != 1 ||
		len(metadata.Admins) != 1 || metadata.Link == "" || metadata.Server == "" || metadata.Recording == nil {
		t.Errorf("room metadata %s", after.Metadata)
	}
}

// room waits until LiveKit lists the room.
func (s *server) room(id string) (room nest.RoomState) {
	s.t.Helper()
	nesttest.Eventually(s.t, 5*time.Second, func() string {
		for _, r := range s.rooms() {
			if r.Name == id {
				room = r
				return ""
			}
		}
		return "LiveKit has no room " + id
	})
	return room
}

// A room that no nest asked for is ended within 30 s and cannot be joined.
func TestRoomWithoutNest(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	id := uuid.NewString()
	if _, err := s.livekit().EnsureRoom(within(t, 5*time.Second),
		nest.Room{Name: id, Metadata: `{"server":"another"}`}); err != nil {
		t.Fatal(err)
	}
	client := s.livekit()
	token, err := auth.NewAccessToken(client.Key, client.Secret).SetIdentity(s.user().pubkey).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: id}).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	if bot, err := nesttest.Connect(within(t, 10*time.Second), s.ws(), token); err == nil {
		bot.Leave()
		t.Error("a token signed with our key opens a room that no nest asked for")
	}
	expectRefusal(t, s.get("/api/v1/nests/"+id+"/info"), 404, "nest_not_found")
	nesttest.Eventually(t, 30*time.Second, func() string {
		for _, r := range s.rooms() {
			if r.Name == id {
				return "the room still exists"
			}
		}
		return ""
	})
}

// A permission that a program changed in LiveKit is corrected within 15 s, in both directions.
func TestPermissionChangedInLiveKit(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, token := host.create()
	talker := nesttest.Speaker(t, s.ws(), token)
	annBot := nesttest.Join(t, s.ws(), ann.join(id))
	nesttest.Eventually(t, 10*time.Second, annBot.Hears(host.pubkey))

	set := func(identity string, p *livekit.ParticipantPermission) {
		t.Helper()
		client := s.livekit()
		_, err := lksdk.NewRoomServiceClient(s.base(), client.Key,
			client.Secret).UpdateParticipant(within(t, 5*time.Second),
			&livekit.UpdateParticipantRequest{Room: id, Identity: identity, Permission: p})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(ann.pubkey, &livekit.ParticipantPermission{CanSubscribe: true, CanPublish: true, CanPublishData: true})
	set(host.pubkey, &livekit.ParticipantPermission{CanSubscribe: true})
	nesttest.Eventually(t, 15*time.Second, func() string {
		people, err := s.livekit().Participants(within(t, 5*time.Second), id)
		if err != nil {
			return err.Error()
		}
		for _, p := range people {
			if !p.Regular || p.Publish != (p.Identity == host.pubkey) {
				return "permissions are still wrong"
			}
		}
		return ""
	})
	if err := annBot.Speak(); err == nil {
		t.Error("the listener kept the right to publish")
	}
	speakOnStage(t, talker, 5*time.Second)
	nesttest.Eventually(t, 5*time.Second, annBot.Hears(host.pubkey))
}

// A client's token opens none of LiveKit's services.
func TestNoClientTokenOpensTheRoomService(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, token := host.create()
	for _, method := range []string{"ListRooms", "DeleteRoom", "UpdateParticipant", "CreateRoom", "ListParticipants",
		"MutePublishedTrack"} {
		for _, prefix := range []string{"", "/livekit"} {
			a := s.send(http.MethodPost, s.base()+prefix+"/twirp/livekit.RoomService/"+method, "Bearer "+token,
				map[string]string{"room": id})
			if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
				t.Errorf("%s answered %d %s", method, a.status, a.text)
			}
		}
	}
	if a := s.send(http.MethodPost, s.base()+"/twirp/livekit.Egress/ListEgress", "Bearer "+token,
		map[string]string{}); a.status != 404 || a.str("error") == "" {
		t.Errorf("another LiveKit service answered %d %s", a.status, a.text)
	}
}
