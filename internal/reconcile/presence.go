package reconcile

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"nests/internal/nest"
)

// livekitStatus is the last observation of LiveKit, with its age. The goroutine of the passes writes it, and any
// goroutine reads it; Loop implements nest.Presence with it. mu guards every field and is held for memory work
// only.
type livekitStatus struct {
	mu             sync.RWMutex
	answeredAt     time.Time // of the last answer, heartbeats during a pass included
	listAnsweredAt time.Time // of the last room list of a pass
	lastErr        error     // of the last room list of a pass
	everAsked      bool
	wasAnswering   bool // at the room list before the last
	isAnswering    bool // at the last room list
	participants   map[string][]nest.Participant
	meta           map[string]string // room metadata
	unknown        map[string]bool   // rooms whose participants could not be listed
	nests          map[string]nest.Nest
	rooms          map[string]nest.RoomState // the last room list, without participants
	listedAt       time.Time                 // when that list was made
	foreign        int
	lastPass       time.Time // when a pass ended last
}

// recordAnswer records the outcome of a pass's room list.
func (o *livekitStatus) recordAnswer(err error, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wasAnswering, o.isAnswering, o.lastErr = o.isAnswering || !o.everAsked, err == nil, err
	o.everAsked = true
	if err == nil {
		o.answeredAt, o.listAnsweredAt = now, now
	}
}

// recordHeartbeat records an answer that came during a pass.
func (o *livekitStatus) recordHeartbeat(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answeredAt = now
}

// justLost reports whether LiveKit answered the room list before the last, but not the last.
func (o *livekitStatus) justLost() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.wasAnswering && !o.isAnswering
}

// justBack reports whether LiveKit answered the last room list, but not the one before.
func (o *livekitStatus) justBack() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return !o.wasAnswering && o.isAnswering
}

// update merges what a pass observed. A room that LiveKit no longer lists is known to be empty.
func (o *livekitStatus) update(rooms []Room, all []nest.RoomState, only map[string]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.participants == nil {
		o.participants = map[string][]nest.Participant{}
		o.meta, o.unknown = map[string]string{}, map[string]bool{}
	}
	o.rooms, o.listedAt = make(map[string]nest.RoomState, len(all)), o.listAnsweredAt
	for _, r := range all {
		o.rooms[r.Name] = r
	}
	for name := range o.participants {
		if _, listed := o.rooms[name]; !listed {
			delete(o.participants, name)
			delete(o.meta, name)
		}
	}
	for name := range o.unknown {
		if _, listed := o.rooms[name]; !listed {
			delete(o.unknown, name)
		}
	}
	for _, r := range rooms {
		o.meta[r.Name] = r.Metadata
		if r.Listed {
			o.participants[r.Name] = r.Participants
			delete(o.unknown, r.Name)
		} else {
			o.unknown[r.Name] = true
		}
	}
}

// updateNests keeps the rows of nests that have a room.
func (o *livekitStatus) updateNests(nests map[string]Nest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.nests == nil {
		o.nests = map[string]nest.Nest{}
	}
	for id := range o.nests {
		if _, hasRoom := o.meta[id]; !hasRoom {
			delete(o.nests, id)
		}
	}
	for id, n := range nests {
		if _, hasRoom := o.meta[id]; hasRoom {
			o.nests[id] = n.Nest
		}
	}
}

func (o *livekitStatus) recordPass(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lastPass = now
}

func (o *livekitStatus) setForeign(rooms int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.foreign = rooms
}

func (o *livekitStatus) metadata(room string) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.meta[room]
}

// isFresh reports whether the last answer can still be relied on. While a call hangs, LiveKit counts as down before
// the call fails. The caller holds mu.
func (o *livekitStatus) isFresh(now time.Time) bool {
	return o.isAnswering && now.Sub(o.answeredAt) <= freshFor
}

// CheckAvailable returns nil if LiveKit answered within the last two seconds and has not failed since.
func (l *Loop) CheckAvailable() error {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	if l.status.isFresh(l.Now()) {
		return nil
	}
	err := l.status.lastErr
	if err == nil {
		err = errors.New("livekit has not answered for more than 2 s")
	}
	return nest.MediaUnavailable(err)
}

// Participants returns the participants of a nest as last observed; known is false if they could not be observed.
func (l *Loop) Participants(id string) (participants []nest.Participant, known bool) {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	return l.status.participants[id], l.status.isFresh(l.Now()) && !l.status.unknown[id]
}

// Observed returns a room and its participants as last observed.
func (l *Loop) Observed(id string) nest.Observed {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	room, present := l.status.rooms[id]
	room.Participants = l.status.participants[id]
	return nest.Observed{
		Known:   l.status.isFresh(l.Now()) && !l.status.unknown[id],
		Present: present,
		Room:    room,
		At:      l.status.listedAt.UnixMilli(),
	}
}

// LastPass returns when the loop last completed a pass, whether or not LiveKit answered.
func (l *Loop) LastPass() time.Time {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	return l.status.lastPass
}

// CountForeignRooms returns how many rooms of other servers the last full pass saw.
func (l *Loop) CountForeignRooms() int {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	return l.status.foreign
}

// IsForeign reports whether a room with this metadata belongs to another server.
func (l *Loop) IsForeign(metadata string) bool { return l.Owner.isForeign(metadata) }

// WatchedNests returns the live, public nests that had participants when last observed.
func (l *Loop) WatchedNests() []nest.Nest {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	var nests []nest.Nest
	for id, n := range l.status.nests {
		if len(l.status.participants[id]) > 0 && n.Status == nest.Live && n.Access == nest.Open {
			nests = append(nests, n)
		}
	}
	return nests
}

// OccupiedNests returns the ids of the nests that had participants when last observed.
func (l *Loop) OccupiedNests() []string {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	var ids []string
	for id, participants := range l.status.participants {
		if len(participants) > 0 && nest.IsID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// CountParticipants returns how many participants are in nests, and how many of them may speak, as last observed.
// known is false while LiveKit does not answer.
func (l *Loop) CountParticipants() (inside, onStage int, known bool) {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	for id, participants := range l.status.participants {
		if !nest.IsID(id) {
			continue // the room of a connection test
		}
		inside += len(participants)
		for _, p := range participants {
			if p.Publish {
				onStage++
			}
		}
	}
	return inside, onStage, l.status.isFresh(l.Now())
}

// IsConnected reports whether a key was a participant of any nest when last observed.
func (l *Loop) IsConnected(pubkey string) bool {
	l.status.mu.RLock()
	defer l.status.mu.RUnlock()
	for _, participants := range l.status.participants {
		for _, p := range participants {
			if p.Identity == pubkey {
				return true
			}
		}
	}
	return false
}

// hostFromMetadata returns the host that a room's metadata names, or "".
func hostFromMetadata(metadata string) string {
	var m struct {
		Host string `json:"host"`
	}
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return ""
	}
	return m.Host
}
