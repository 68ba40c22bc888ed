package nest

import (
	"context"
	"errors"
)

// checkLife is how long a connection test may take, in milliseconds.
const checkLife = 5 * 60 * 1000

// CheckRoom makes a throw-away room for one connection test: a row with an end, no nest.
func (s *Service) CheckRoom(ctx context.Context) (Pass, int64, error) {
	if err := s.Presence.Answering(); err != nil {
		return Pass{}, 0, err
	}
	name := CheckPrefix + s.NewID()
	expires := s.now() + checkLife
	err := s.Store.Write(ctx, func(tx Tx) error { return tx.PutCheck(name, expires) })
	return s.checkPass(name), expires, err
}

func (s *Service) admitCheck(ctx context.Context, room, identity string) (Pass, error) {
	var expires int64
	err := s.Store.Read(ctx, func(tx Tx) (err error) { expires, err = tx.Check(room); return })
	if err != nil && !errors.Is(err, ErrNoRow) {
		return Pass{}, err
	}
	if identity != room || expires <= s.now() {
		return Pass{}, &Error{Code: CodeForbidden, Message: "This connection test is over", Hint: "Start a new one."}
	}
	return s.checkPass(room), nil
}

func (s *Service) checkPass(name string) Pass {
	return Pass{Identity: name, Grant: Grant{Publish: true},
		Room: Room{Name: name, Metadata: `{"server":"` + s.ServerID + `"}`, MaxParticipants: 2}}
}
