package reconcile

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"nests/internal/nest"
)

// observation is the last word on LiveKit, with its age. The loop writes it, every door reads it: it implements
// nest.Presence through Loop.
type presence struct {
	mu             sync.RWMutex
	answeredAt     time.Time // of the last answer
	listAnsweredAt time.Time // of the last answer that a pass goes by
	lastErr        error     // of the last question
	everAsked      bool      // at least once
	wasAnswering   bool      // the answer before was one
	isAnswering    bool
	participants   map[string][]nest.Participant // by room; a room of the last list without an entry here is unknown
	meta           map[string]string
	unknown        map[string]bool
	nests          map[string]nest.Nest
	rooms          map[string]nest.RoomState // the last list, by name, without people
	listedAt       time.Time                 // when it was made
	foreign        int
	lastPass       time.Time // when the loop last came round
}

func (o *presence) recordAnswer(err error, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wasAnswering, o.isAnswering, o.lastErr = o.isAnswering || !o.everAsked, err == nil, err
	o.everAsked = true
	if err == nil {
		o.answeredAt, o.listAnsweredAt = now, now
	}
}

// heard is for an answer beside the passes.
func (o *presence) recordHeartbeat(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answeredAt = now
}

func (o *presence) justLost() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.wasAnswering && !o.isAnswering
}

func (o *presence) justBack() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return !o.wasAnswering && o.isAnswering
}

// remember folds in what was seen. Rooms that are gone from the list are known to be empty.
func (o *presence) update(rooms []Room, all []nest.RoomState, only map[string]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.participants == nil {
		o.participants, o.meta, o.unknown = map[string][]nest.Participant{}, map[string]string{}, map[string]bool{}
	}
	listed := make(map[string]bool, len(all))
	o.rooms, o.listedAt = make(map[string]nest.RoomState, len(all)), o.listAnsweredAt
	for _, r := range all {
		listed[r.Name] = true
		o.rooms[r.Name] = r
	}
	for name := range o.participants {
		if !listed[name] {
			delete(o.participants, name)
			delete(o.meta, name)
		}
	}
	for name := range o.unknown {
		if !listed[name] {
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

func (o *presence) metadata(room string) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.meta[room]
}

// believed says whether the last answer is still the truth: while a question hangs, LiveKit is unknown before it fails.
func (o *presence) isFresh(now time.Time) bool {
	return o.isAnswering && now.Sub(o.answeredAt) <= freshFor
}

// Answering is nil when LiveKit answered within the last two seconds and did not fail since.
func (l *Loop) CheckAvailable() error {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	if l.presence.isFresh(l.Now()) {
		return nil
	}
	err := l.presence.lastErr
	if err == nil {
		err = errors.New("livekit has not been heard of for more than 2 s")
	}
	return nest.MediaUnavailable(err)
}

// Participants are the people of a nest as last seen; false when that is not known.
func (l *Loop) Participants(id string) ([]nest.Participant, bool) {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	return l.presence.participants[id], l.presence.isFresh(l.Now()) && !l.presence.unknown[id]
}

// Observed is a room as last seen. Who is in it was listed with it.
func (l *Loop) Observed(id string) nest.Observed {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	room, present := l.presence.rooms[id]
	room.Participants = l.presence.participants[id]
	return nest.Observed{Known: l.presence.isFresh(l.Now()) && !l.presence.unknown[id], Present: present, Room: room, At: l.presence.listedAt.UnixMilli()}
}

// LastPass returns when the loop last completed a pass, whether or not LiveKit answered.
func (l *Loop) LastPass() time.Time {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	return l.presence.lastPass
}

// CountForeignRooms returns how many rooms of other servers the last full pass saw.
func (l *Loop) CountForeignRooms() int {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	return l.presence.foreign
}

// IsForeign reports whether a room with this metadata belongs to another server.
func (l *Loop) IsForeign(metadata string) bool { return l.Owner.isForeign(metadata) }

// came notes the end of a pass; a full one also counts the rooms that are not ours.
func (o *presence) recordPass(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lastPass = now
}

func (o *presence) setForeign(foreign int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.foreign = foreign
}

// WatchedNests are the live, public nests with people in them, as last seen.
func (l *Loop) WatchedNests() []nest.Nest {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	var nests []nest.Nest
	for id, n := range l.presence.nests {
		if len(l.presence.participants[id]) > 0 && n.Status == nest.Live && n.Access == nest.Open {
			nests = append(nests, n)
		}
	}
	return nests
}

// OccupiedNests are the nests with people in them, as last seen.
func (l *Loop) OccupiedNests() []string {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	var ids []string
	for id, people := range l.presence.participants {
		if len(people) > 0 && nest.IsID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// CountParticipants returns how many participants are in nests and how many of them may speak, as last observed. known is
// false while LiveKit does not answer.
func (l *Loop) CountParticipants() (inside, onStage int, known bool) {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	for id, people := range l.presence.participants {
		if !nest.IsID(id) {
			continue // somebody tests a connection
		}
		inside += len(people)
		for _, p := range people {
			if p.Publish {
				onStage++
			}
		}
	}
	return inside, onStage, l.presence.isFresh(l.Now())
}

// IsConnected reports whether a key is connected to any nest, as last seen.
func (l *Loop) IsConnected(pubkey string) bool {
	l.presence.mu.RLock()
	defer l.presence.mu.RUnlock()
	for _, people := range l.presence.participants {
		for _, p := range people {
			if p.Identity == pubkey {
				return true
			}
		}
	}
	return false
}

// recall keeps the rows of nests that have a room.
func (o *presence) updateNests(nests map[string]Nest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.nests == nil {
		o.nests = map[string]nest.Nest{}
	}
	for id := range o.nests {
		if _, listed := o.meta[id]; !listed {
			delete(o.nests, id)
		}
	}
	for id, n := range nests {
		if _, listed := o.meta[id]; listed {
			o.nests[id] = n.Nest
		}
	}
}

func hostFromMetadata(metadata string) string {
	var m struct {
		Host string `json:"host"`
	}
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return ""
	}
	return m.Host
}
