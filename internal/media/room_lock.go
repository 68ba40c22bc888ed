package media

import "sync"

// roomLocks keeps a room from being created while it is deleted. LiveKit deletes the record of a room a second time, by
// its name, when it answers the delete. A room created before that answer would live on without a record: creating it
// again would change nothing, deleting it would be impossible, and everyone who connects would get 404 until LiveKit
// ends the room because it is empty.
//
// Concurrency: it is safe for concurrent use. mu guards the map and the counts, and is held for map work only. Each
// room has a lock of its own, which is held during a call to LiveKit: shared while the room is created, exclusively
// while it is deleted. The zero value is ready.
type roomLocks struct {
	mu    sync.Mutex
	rooms map[string]*roomLock
}

type roomLock struct {
	sync.RWMutex

	users int // that hold the lock or wait for it; guarded by roomLocks.mu
}

// lockCreate blocks while the room is deleted. The caller calls unlock when LiveKit has answered.
func (l *roomLocks) lockCreate(room string) (unlock func()) {
	lock := l.ref(room)
	lock.RLock()
	return func() {
		lock.RUnlock()
		l.unref(room, lock)
	}
}

// lockDelete blocks while the room is created or deleted. The caller calls unlock when LiveKit has answered.
func (l *roomLocks) lockDelete(room string) (unlock func()) {
	lock := l.ref(room)
	lock.Lock()
	return func() {
		lock.Unlock()
		l.unref(room, lock)
	}
}

// ref returns the lock of a room and counts one more use of it. The caller locks it.
func (l *roomLocks) ref(room string) *roomLock {
	l.mu.Lock()
	defer l.mu.Unlock()
	lock := l.rooms[room]
	if lock == nil {
		if l.rooms == nil {
			l.rooms = make(map[string]*roomLock)
		}
		lock = &roomLock{}
		l.rooms[room] = lock
	}
	lock.users++
	return lock
}

// unref ends one use of the lock, which the caller has unlocked, and removes the lock after the last use.
func (l *roomLocks) unref(room string, lock *roomLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lock.users--
	if lock.users == 0 {
		delete(l.rooms, room)
	}
}
