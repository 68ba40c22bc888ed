package media

import (
	"context"
	"fmt"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"

	"nests/internal/nest"
)

// Rooms lists all rooms, without participants. LiveKit takes time in proportion to the number of rooms, so call it once
// per reconcile pass, and not per request.
func (c *Client) Rooms(ctx context.Context) ([]nest.RoomState, error) { return c.listRooms(ctx) }

// listRooms lists the rooms with the names, or all rooms without any name.
func (c *Client) listRooms(ctx context.Context, names ...string) ([]nest.RoomState, error) {
	list := func(ctx context.Context, s livekit.RoomService) (*livekit.ListRoomsResponse, error) {
		return s.ListRooms(ctx, &livekit.ListRoomsRequest{Names: names})
	}
	answer, err := call(ctx, c, auth.VideoGrant{RoomList: true}, list)
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
	return nest.RoomState{
		Name:            r.GetName(),
		SID:             r.GetSid(),
		Metadata:        r.GetMetadata(),
		MaxParticipants: int(r.GetMaxParticipants()),
		CreatedAt:       created,
	}
}

// EnsureRoom creates the room if it does not exist, and returns its SID. An existing room keeps its metadata and
// limits.
func (c *Client) EnsureRoom(ctx context.Context, room nest.Room) (string, error) {
	defer c.locks.lockCreate(room.Name)()
	create := func(ctx context.Context, s livekit.RoomService) (*livekit.Room, error) {
		return s.CreateRoom(ctx, &livekit.CreateRoomRequest{
			Name:             room.Name,
			Metadata:         room.Metadata,
			MaxParticipants:  uint32(max(room.MaxParticipants, 0)),
			EmptyTimeout:     emptyTimeout,
			DepartureTimeout: departureTimeout,
		})
	}
	answer, err := call(ctx, c, auth.VideoGrant{RoomCreate: true}, create)
	if err != nil {
		return "", fmt.Errorf("ensure room %s: %w", room.Name, err)
	}
	return answer.GetSid(), nil
}

// SetMetadata replaces the room's metadata. It succeeds if the room does not exist.
func (c *Client) SetMetadata(ctx context.Context, room, metadata string) error {
	update := func(ctx context.Context, s livekit.RoomService) (*livekit.Room, error) {
		return s.UpdateRoomMetadata(ctx, &livekit.UpdateRoomMetadataRequest{Room: room, Metadata: metadata})
	}
	_, err := call(ctx, c, auth.VideoGrant{RoomAdmin: true, Room: room}, update)
	if err = ignoreNotFound(err); err != nil {
		return fmt.Errorf("set metadata of room %s: %w", room, err)
	}
	return nil
}

// EndRoom deletes the room and waits until LiveKit no longer lists it: a room created at once can inherit the state of
// the one that is closing. With sid, it does nothing to a room of another SID. It succeeds if the room does not exist.
func (c *Client) EndRoom(ctx context.Context, room, sid string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	deleted, err := c.deleteRoom(ctx, room, sid)
	if err != nil || deleted == "" {
		return err
	}
	if err := c.awaitGone(ctx, room, deleted); err != nil {
		return fmt.Errorf("end room %s: %w", room, err)
	}
	return nil
}

// deleteRoom returns the SID of the deleted room; "" when there was nothing to delete.
func (c *Client) deleteRoom(ctx context.Context, room, sid string) (string, error) {
	defer c.locks.lockDelete(room)()
	rooms, err := c.listRooms(ctx, room)
	if err != nil {
		return "", fmt.Errorf("end room %s: %w", room, err)
	}
	if len(rooms) == 0 || sid != "" && rooms[0].SID != sid {
		return "", nil
	}
	del := func(ctx context.Context, s livekit.RoomService) (*livekit.DeleteRoomResponse, error) {
		return s.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: room})
	}
	_, err = call(ctx, c, auth.VideoGrant{RoomCreate: true}, del)
	if err = ignoreNotFound(err); err != nil {
		return "", fmt.Errorf("end room %s: %w", room, err)
	}
	return rooms[0].SID, nil
}

// awaitGone waits until LiveKit lists no room with the name and SID. LiveKit answers a delete before the room is
// closed.
func (c *Client) awaitGone(ctx context.Context, room, sid string) error {
	tick := time.NewTicker(gonePoll)
	defer tick.Stop()
	for {
		rooms, err := c.listRooms(ctx, room)
		if err != nil {
			return err
		}
		if len(rooms) == 0 || rooms[0].SID != sid {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nest.MediaUnavailable(fmt.Errorf("the room still exists: %w", ctx.Err()))
		}
	}
}
