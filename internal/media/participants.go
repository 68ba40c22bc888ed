package media

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"nests/internal/nest"
)

// permission is a grant as LiveKit's whole permission set. An update replaces all of the set, and what it omits has a
// meaning: no sources means any source.
func permission(grant nest.Grant) *livekit.ParticipantPermission {
	p := &livekit.ParticipantPermission{CanSubscribe: true, CanPublish: grant.Publish}
	if grant.Publish {
		p.CanPublishSources = []livekit.TrackSource{livekit.TrackSource_MICROPHONE}
	}
	return p
}

// Participants lists a room's participants. Call it only for rooms that Rooms just listed: for others, LiveKit
// takes 3 s to answer.
func (c *Client) Participants(ctx context.Context, room string) ([]nest.Participant, error) {
	list := func(ctx context.Context, s livekit.RoomService) (*livekit.ListParticipantsResponse, error) {
		return s.ListParticipants(ctx, &livekit.ListParticipantsRequest{Room: room})
	}
	answer, err := call(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, list)
	if err != nil {
		return nil, fmt.Errorf("list participants of room %s: %w", room, err)
	}
	participants := make([]nest.Participant, 0, len(answer.GetParticipants()))
	for _, p := range answer.GetParticipants() {
		if p.GetState() != livekit.ParticipantInfo_DISCONNECTED {
			participants = append(participants, participant(p))
		}
	}
	return participants, nil
}

func participant(p *livekit.ParticipantInfo) nest.Participant {
	joined := p.GetJoinedAtMs()
	if joined == 0 { // older LiveKit
		joined = p.GetJoinedAt() * 1000
	}
	publish := p.GetPermission().GetCanPublish()
	regular := permission(nest.Grant{Publish: publish})
	return nest.Participant{
		Identity:   p.GetIdentity(),
		SID:        p.GetSid(),
		JoinedAt:   joined,
		Publish:    publish,
		Regular:    proto.Equal(p.GetPermission(), regular) && !publishesVideo(p),
		Unmuted:    len(unmutedTracks(p)) > 0,
		Attributes: p.GetAttributes(),
	}
}

// publishesVideo returns whether any track is not audio. LiveKit checks a track's source, which the client states, and
// not its type, so it accepts a camera whose source is "microphone".
func publishesVideo(p *livekit.ParticipantInfo) bool {
	return slices.ContainsFunc(p.GetTracks(), func(t *livekit.TrackInfo) bool {
		return t.GetType() != livekit.TrackType_AUDIO
	})
}

// unmutedTracks returns the SIDs of the audio tracks that are not muted.
func unmutedTracks(p *livekit.ParticipantInfo) []string {
	var sids []string
	for _, t := range p.GetTracks() {
		if t.GetType() == livekit.TrackType_AUDIO && !t.GetMuted() {
			sids = append(sids, t.GetSid())
		}
	}
	return sids
}

// SetGrant replaces a participant's permissions and attributes. It succeeds if the participant is not there.
func (c *Client) SetGrant(
	ctx context.Context, room, identity string, grant nest.Grant, attributes map[string]string,
) error {
	// LiveKit merges attributes per key, and an empty value deletes the key, so the update names both keys.
	all := map[string]string{nest.AttributeRole: "", nest.AttributeHand: ""}
	maps.Copy(all, attributes)
	set := func(grant nest.Grant) (*livekit.ParticipantInfo, error) {
		p, err := c.update(ctx, &livekit.UpdateParticipantRequest{
			Room:       room,
			Identity:   identity,
			Permission: permission(grant),
			Attributes: all,
		})
		if err = ignoreNotFound(err); err != nil {
			return nil, fmt.Errorf("set grant of %s in room %s: %w", nest.ShortIdentity(identity), room, err)
		}
		return p, nil
	}
	p, err := set(grant)
	if err != nil || !publishesVideo(p) {
		return err
	}
	// LiveKit drops the tracks of a participant that may not publish. If it may again, it has to publish its microphone
	// once more.
	if _, err := set(nest.Grant{}); err != nil || !grant.Publish {
		return err
	}
	_, err = set(grant)
	return err
}

func (c *Client) update(
	ctx context.Context, req *livekit.UpdateParticipantRequest,
) (*livekit.ParticipantInfo, error) {
	grant := auth.VideoGrant{RoomAdmin: true, Room: req.GetRoom()}
	return call(ctx, c, grant, func(ctx context.Context, s livekit.RoomService) (*livekit.ParticipantInfo, error) {
		return s.UpdateParticipant(ctx, req)
	})
}

// lookup returns a participant. An update without changes is LiveKit's only call that answers at once when the
// participant is not there.
func (c *Client) lookup(ctx context.Context, room, identity string) (*livekit.ParticipantInfo, error) {
	return c.update(ctx, &livekit.UpdateParticipantRequest{Room: room, Identity: identity})
}

// Mute mutes every audio track that the identity publishes, and returns whether there was an unmuted one.
func (c *Client) Mute(ctx context.Context, room, identity string) (bool, error) {
	p, err := c.lookup(ctx, room, identity)
	if err = ignoreNotFound(err); err != nil {
		return false, fmt.Errorf("mute %s in room %s: %w", nest.ShortIdentity(identity), room, err)
	}
	muted := false
	for _, sid := range unmutedTracks(p) {
		if err := ignoreNotFound(c.muteTrack(ctx, room, identity, sid)); err != nil {
			return muted, fmt.Errorf("mute %s in room %s: %w", nest.ShortIdentity(identity), room, err)
		}
		muted = true
	}
	return muted, nil
}

func (c *Client) muteTrack(ctx context.Context, room, identity, sid string) error {
	req := &livekit.MuteRoomTrackRequest{Room: room, Identity: identity, TrackSid: sid, Muted: true}
	mute := func(ctx context.Context, s livekit.RoomService) (*livekit.MuteRoomTrackResponse, error) {
		return s.MutePublishedTrack(ctx, req)
	}
	_, err := call(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, mute)
	return err
}

// Remove disconnects an identity. It succeeds if the identity is not there.
func (c *Client) Remove(ctx context.Context, room, identity string) error {
	remove := func(ctx context.Context, s livekit.RoomService) (*livekit.RemoveParticipantResponse, error) {
		return s.RemoveParticipant(ctx, &livekit.RoomParticipantIdentity{Room: room, Identity: identity})
	}
	_, err := call(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, remove)
	if err = ignoreNotFound(err); err == nil {
		return nil
	}
	// If the participant leaves during the call, LiveKit waits in vain for its answer and returns an error.
	if _, lookupErr := c.lookup(ctx, room, identity); hasCode(lookupErr, twirp.NotFound) {
		return nil
	}
	return fmt.Errorf("remove %s from room %s: %w", nest.ShortIdentity(identity), room, err)
}
