package nest

import (
	"context"
	"errors"
)

// testRoomLifetime limits a connection test, in milliseconds.
const testRoomLifetime = 5 * 60 * 1000

// CreateTestRoom creates a room for one connection test. It has a row that expires, and no nest. expires is unix ms.
func (s *Service) CreateTestRoom(ctx context.Context) (a Admission, expires int64, err error) {
	if err := s.Presence.CheckAvailable(); err != nil {
		return Admission{}, 0, err
	}
	name := TestRoomPrefix + s.NewID()
	expires = s.now() + testRoomLifetime
	err = s.Store.Write(ctx, func(tx Tx) error { return tx.PutTestRoom(name, expires) })
	return s.testRoomAdmission(name), expires, err
}

func (s *Service) admitToTestRoom(ctx context.Context, room, identity string) (Admission, error) {
	var expires int64
	err := s.Store.Read(ctx, func(tx Tx) (err error) { expires, err = tx.TestRoom(room); return })
	if err != nil && !errors.Is(err, ErrNoRow) {
		return Admission{}, err
	}
	if identity != room || expires <= s.now() {
		return Admission{}, &Error{
			Code:    CodeForbidden,
			Message: "This connection test is over",
			Hint:    "Start a new one.",
		}
	}
	return s.testRoomAdmission(room), nil
}

func (s *Service) testRoomAdmission(name string) Admission {
	return Admission{
		Identity: name,
		Grant:    Grant{Publish: true},
		Room:     Room{Name: name, Metadata: `{"server":"` + s.ServerID + `"}`, MaxParticipants: 2},
	}
}
