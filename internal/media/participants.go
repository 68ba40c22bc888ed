package media

import (
	"context"
	"fmt"
	"slices"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"nests/internal/nest"
)

// permission is a grant as LiveKit knows it: always the whole set, because an update replaces all of it and what is
// left out has a meaning (no sources: any source).
func permission(grant nest.Grant) *livekit.ParticipantPermission {
	p := &livekit.ParticipantPermission{CanSubscribe: true, CanPublish: grant.Publish}
	if grant.Publish {
		p.CanPublishSources = []livekit.TrackSource{livekit.TrackSource_MICROPHONE}
	}
	return p
}

// Participants lists a room's participants. Ask only for rooms of the last list: LiveKit takes 3 s to deny others.
func (c *Client) Participants(ctx context.Context, room string) ([]nest.Participant, error) {
	answer, err := do(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, func(ctx context.Context, s livekit.RoomService) (*livekit.ListParticipantsResponse, error) {
		return s.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room})
	})
	if err != nil {
		return nil, fmt.Errorf("list participants of room %s: %w", room, err)
	}
	people := make([]nest.Participant, 0, len(answer.GetParticipants()))
	for _, p := range answer.GetParticipants() {
		if p.GetState() != livekit.ParticipantInfo_DISCONNECTED {
			people = append(people, participant(p))
		}
	}
	return people, nil
}

func participant(p *livekit.ParticipantInfo) nest.Participant {
	joined := p.GetJoinedAtMs()
	if joined == 0 {
		joined = p.GetJoinedAt() * 1000
	}
	publish := p.GetPermission().GetCanPublish()
	return nest.Participant{
		Identity: p.GetIdentity(), SID: p.GetSid(), JoinedAt: joined,
		Publish:    publish,
		Regular:    proto.Equal(p.GetPermission(), permission(nest.Grant{Publish: publish})) && !showsVideo(p),
		Unmuted:    len(unmuted(p)) > 0,
		Attributes: p.GetAttributes(),
	}
}

// showsVideo says whether anything but audio is published. LiveKit checks a track's source, which the client names, and
// not its kind: a camera that calls itself a microphone gets through.
func showsVideo(p *livekit.ParticipantInfo) bool {
	return slices.ContainsFunc(p.GetTracks(), func(t *livekit.TrackInfo) bool { return t.GetType() != livekit.TrackType_AUDIO })
}

// unmuted are the SIDs of the audio tracks that are not muted.
func unmuted(p *livekit.ParticipantInfo) []string {
	var sids []string
	for _, t := range p.GetTracks() {
		if t.GetType() == livekit.TrackType_AUDIO && !t.GetMuted() {
			sids = append(sids, t.GetSid())
		}
	}
	return sids
}

// SetGrant restates a participant's whole permission set and attributes; one that is not there is fine.
func (c *Client) SetGrant(ctx context.Context, room, identity string, grant nest.Grant, attributes map[string]string) error {
	// LiveKit merges attributes per key, and an empty value deletes the key, so the update names both keys.
	whole := map[string]string{nest.AttributeRole: "", nest.AttributeHand: ""}
	for key, value := range attributes {
		whole[key] = value
	}
	set := func(grant nest.Grant) (*livekit.ParticipantInfo, error) {
		p, err := c.update(ctx, &livekit.UpdateParticipantRequest{Room: room, Identity: identity, Permission: permission(grant), Attributes: whole})
		if err = fine(err); err != nil {
			return nil, fmt.Errorf("set grant of %s in room %s: %w", nest.ShortIdentity(identity), room, err)
		}
		return p, nil
	}
	p, err := set(grant)
	if err != nil || !showsVideo(p) {
		return err
	}
	// Taking the right away for a moment is how LiveKit drops a track; the microphone has to be published again.
	if _, err := set(nest.Grant{}); err != nil || !grant.Publish {
		return err
	}
	_, err = set(grant)
	return err
}

func (c *Client) update(ctx context.Context, req *livekit.UpdateParticipantRequest) (*livekit.ParticipantInfo, error) {
	return do(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: req.GetRoom()}, func(ctx context.Context, s livekit.RoomService) (*livekit.ParticipantInfo, error) {
		return s.UpdateParticipant(ctx, req)
	})
}

// Mute mutes every audio track the identity publishes and says whether there was one to mute.
func (c *Client) Mute(ctx context.Context, room, identity string) (bool, error) {
	// An update of nothing is LiveKit's one lookup that says at once when the participant is not there.
	p, err := c.update(ctx, &livekit.UpdateParticipantRequest{Room: room, Identity: identity})
	if err = fine(err); err != nil {
		return false, fmt.Errorf("mute %s in room %s: %w", nest.ShortIdentity(identity), room, err)
	}
	muted := false
	for _, sid := range unmuted(p) {
		_, err := do(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, func(ctx context.Context, s livekit.RoomService) (*livekit.MuteRoomTrackResponse, error) {
			return s.MutePublishedTrack(ctx, &livekit.MuteRoomTrackRequest{Room: room, Identity: identity, TrackSid: sid, Muted: true})
		})
		if err = fine(err); err != nil {
			return muted, fmt.Errorf("mute %s in room %s: %w", nest.ShortIdentity(identity), room, err)
		}
		muted = true
	}
	return muted, nil
}

// Remove disconnects an identity; one that is not there is fine.
func (c *Client) Remove(ctx context.Context, room, identity string) error {
	_, err := do(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, func(ctx context.Context, s livekit.RoomService) (*livekit.RemoveParticipantResponse, error) {
		return s.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	})
	if err = fine(err); err == nil {
		return nil
	}
	// LiveKit waits in vain for the answer of a participant that leaves just then, and reports a failure.
	if _, gone := c.update(ctx, &livekit.UpdateParticipantRequest{Room: room, Identity: identity}); is(gone, twirp.NotFound) {
		return nil
	}
	return fmt.Errorf("remove %s from room %s: %w", nest.ShortIdentity(identity), room, err)
}
