package media

import (
	"context"
	"fmt"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"

	"nests/internal/nest"
)

// Rooms lists all rooms, without participants. It is O(rooms) in LiveKit: once a pass, never per request.
func (c *Client) Rooms(ctx context.Context) ([]nest.RoomState, error) { return c.list(ctx) }

func (c *Client) list(ctx context.Context, names ...string) ([]nest.RoomState, error) {
	answer, err := do(ctx, c, auth.VideoGrant{RoomList: true}, func(ctx context.Context, s livekit.RoomService) (*livekit.ListRoomsResponse, error) {
		return s.ListRooms(ctx, &livekit.ListRoomsRequest{Names: names})
	})
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	rooms := make([]nest.RoomState, 0, len(answer.GetRooms()))
	for _, r := range answer.GetRooms() {
		rooms = append(rooms, roomState(r))
	}
	return rooms, nil
}

func roomState(r *livekit.Room) nest.RoomState {
	created := r.GetCreationTimeMs()
	if created == 0 { // older LiveKit
		created = r.GetCreationTime() * 1000
	}
	return nest.RoomState{Name: r.GetName(), SID: r.GetSid(), Metadata: r.GetMetadata(),
		MaxParticipants: int(r.GetMaxParticipants()), CreatedAt: created}
}

// EnsureRoom creates the room when it is not there and returns its SID. An existing room keeps its metadata and limits.
func (c *Client) EnsureRoom(ctx context.Context, room nest.Room) (string, error) {
	defer c.endings.makes(room.Name)()
	answer, err := do(ctx, c, auth.VideoGrant{RoomCreate: true}, func(ctx context.Context, s livekit.RoomService) (*livekit.Room, error) {
		return s.CreateRoom(ctx, &livekit.CreateRoomRequest{
			Name: room.Name, Metadata: room.Metadata, MaxParticipants: uint32(max(room.MaxParticipants, 0)),
			EmptyTimeout: emptyTimeout, DepartureTimeout: departureTimeout,
		})
	})
	if err != nil {
		return "", fmt.Errorf("ensure room %s: %w", room.Name, err)
	}
	return answer.GetSid(), nil
}

// SetMetadata replaces the room's metadata; a room that is not there is fine.
func (c *Client) SetMetadata(ctx context.Context, room, metadata string) error {
	_, err := do(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, func(ctx context.Context, s livekit.RoomService) (*livekit.Room, error) {
		return s.UpdateRoomMetadata(ctx, &livekit.UpdateRoomMetadataRequest{Room: room, Metadata: metadata})
	})
	if err = fine(err); err != nil {
		return fmt.Errorf("set metadata of room %s: %w", room, err)
	}
	return nil
}

// EndRoom deletes the room and waits until its name is gone, because a room made again at once has been seen to inherit
// the dying one. With sid, a room of another SID is left alone. A room that is not there is fine.
func (c *Client) EndRoom(ctx context.Context, room, sid string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	gone, err := c.delete(ctx, room, sid)
	if err != nil || gone == "" {
		return err
	}
	if err := c.awaitGone(ctx, room, gone); err != nil {
		return fmt.Errorf("end room %s: %w", room, err)
	}
	return nil
}

// delete gives back the SID of the room that LiveKit said it deletes; "" when there was nothing to delete.
func (c *Client) delete(ctx context.Context, room, sid string) (string, error) {
	defer c.endings.deletes(room)()
	found, err := c.list(ctx, room)
	if err != nil {
		return "", fmt.Errorf("end room %s: %w", room, err)
	}
	if len(found) == 0 || sid != "" && found[0].SID != sid {
		return "", nil
	}
	_, err = do(ctx, c, auth.VideoGrant{RoomCreate: true}, func(ctx context.Context, s livekit.RoomService) (*livekit.DeleteRoomResponse, error) {
		return s.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: room})
	})
	if err = fine(err); err != nil {
		return "", fmt.Errorf("end room %s: %w", room, err)
	}
	return found[0].SID, nil
}

// awaitGone waits until no room of that name and SID is listed: LiveKit answers a delete before the room is closed.
func (c *Client) awaitGone(ctx context.Context, room, sid string) error {
	tick := time.NewTicker(gonePoll)
	defer tick.Stop()
	for {
		found, err := c.list(ctx, room)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].SID != sid {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nest.MediaUnavailable(fmt.Errorf("room is still there: %w", ctx.Err()))
		}
	}
}
