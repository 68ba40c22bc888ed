package media

import "sync"

// endings keeps rooms from being made while they are being deleted. LiveKit deletes the record of a room by its name once more when
// it answers the delete. A room made before that answer lives on without a record: to make it again changes nothing, to delete it is
// impossible, and everybody who wants to enter is told 404 until it is given up for empty.
type endings struct {
	mu    sync.Mutex
	rooms map[string]*ending
}

type ending struct {
	sync.RWMutex     // held for reading while the room is made, for writing while it is deleted
	users        int // who hold it or wait for it; guarded by endings.mu
}

// makes waits until nobody deletes the room. The caller calls what it gets when the room is made.
func (e *endings) makes(room string) (done func()) {
	one := e.use(room)
	one.RLock()
	return func() {
		one.RUnlock()
		e.leave(room, one)
	}
}

// deletes waits until nobody makes or deletes the room. The caller calls what it gets when LiveKit has answered.
func (e *endings) deletes(room string) (done func()) {
	one := e.use(room)
	one.Lock()
	return func() {
		one.Unlock()
		e.leave(room, one)
	}
}

func (e *endings) use(room string) *ending {
	e.mu.Lock()
	defer e.mu.Unlock()
	one := e.rooms[room]
	if one == nil {
		if e.rooms == nil {
			e.rooms = make(map[string]*ending)
		}
		one = &ending{}
		e.rooms[room] = one
	}
	one.users++
	return one
}

func (e *endings) leave(room string, one *ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(e.rooms, room)
	}
}
