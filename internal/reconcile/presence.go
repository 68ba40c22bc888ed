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
type observation struct {
	mu      sync.RWMutex
	at      time.Time // of the last answer
	list    time.Time // of the last answer that a pass goes by
	err     error     // of the last question
	asked   bool      // at least once
	was     bool      // the answer before was one
	is      bool
	people  map[string][]nest.Participant // by room; a room of the last list without an entry here is unknown
	meta    map[string]string
	unknown map[string]bool
	nests   map[string]nest.Nest
	rooms   map[string]nest.RoomState // the last list, by name, without people
	listed  time.Time                 // when it was made
	foreign int
	passed  time.Time // when the loop last came round
}

func (o *observation) answered(err error, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.was, o.is, o.err = o.is || !o.asked, err == nil, err
	o.asked = true
	if err == nil {
		o.at, o.list = now, now
	}
}

// heard is for an answer beside the passes.
func (o *observation) heard(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = now
}

func (o *observation) justLost() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.was && !o.is
}

func (o *observation) justBack() bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return !o.was && o.is
}

// remember folds in what was seen. Rooms that are gone from the list are known to be empty.
func (o *observation) remember(rooms []Room, all []nest.RoomState, only map[string]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.people == nil {
		o.people, o.meta, o.unknown = map[string][]nest.Participant{}, map[string]string{}, map[string]bool{}
	}
	listed := make(map[string]bool, len(all))
	o.rooms, o.listed = make(map[string]nest.RoomState, len(all)), o.list
	for _, r := range all {
		listed[r.Name] = true
		o.rooms[r.Name] = r
	}
	for name := range o.people {
		if !listed[name] {
			delete(o.people, name)
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
		if r.People {
			o.people[r.Name] = r.Participants
			delete(o.unknown, r.Name)
		} else {
			o.unknown[r.Name] = true
		}
	}
}

func (o *observation) metadata(room string) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.meta[room]
}

// believed says whether the last answer is still the truth: while a question hangs, LiveKit is unknown before it fails.
func (o *observation) believed(now time.Time) bool { return o.is && now.Sub(o.at) <= believed }

// Answering is nil when LiveKit answered within the last two seconds and did not fail since.
func (l *Loop) Answering() error {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	if l.seen.believed(l.Now()) {
		return nil
	}
	err := l.seen.err
	if err == nil {
		err = errors.New("livekit has not been heard of for more than 2 s")
	}
	return nest.MediaUnavailable(err)
}

// Participants are the people of a nest as last seen; false when that is not known.
func (l *Loop) Participants(id string) ([]nest.Participant, bool) {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	return l.seen.people[id], l.seen.believed(l.Now()) && !l.seen.unknown[id]
}

// Observed is a room as last seen. Who is in it was listed with it.
func (l *Loop) Observed(id string) nest.Observed {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	room, present := l.seen.rooms[id]
	room.Participants = l.seen.people[id]
	return nest.Observed{Known: l.seen.believed(l.Now()) && !l.seen.unknown[id], Present: present, Room: room, At: l.seen.listed.UnixMilli()}
}

// LastPass returns when the loop last completed a pass, whether or not LiveKit answered.
func (l *Loop) LastPass() time.Time {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	return l.seen.passed
}

// CountForeignRooms returns how many rooms of other servers the last full pass saw.
func (l *Loop) CountForeignRooms() int {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	return l.seen.foreign
}

// IsForeign reports whether a room with this metadata belongs to another server.
func (l *Loop) IsForeign(metadata string) bool { return l.Owner.theirs(metadata) }

// came notes the end of a pass; a full one also counts the rooms that are not ours.
func (o *observation) came(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.passed = now
}

func (o *observation) count(foreign int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.foreign = foreign
}

// WatchedNests are the live, public nests with people in them, as last seen.
func (l *Loop) WatchedNests() []nest.Nest {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	var nests []nest.Nest
	for id, n := range l.seen.nests {
		if len(l.seen.people[id]) > 0 && n.Status == nest.Live && n.Access == nest.Open {
			nests = append(nests, n)
		}
	}
	return nests
}

// OccupiedNests are the nests with people in them, as last seen.
func (l *Loop) OccupiedNests() []string {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	var ids []string
	for id, people := range l.seen.people {
		if len(people) > 0 && nest.IsID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// CountParticipants returns how many participants are in nests and how many of them may speak, as last observed. known is
// false while LiveKit does not answer.
func (l *Loop) CountParticipants() (inside, onStage int, known bool) {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	for id, people := range l.seen.people {
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
	return inside, onStage, l.seen.believed(l.Now())
}

// IsConnected reports whether a key is connected to any nest, as last seen.
func (l *Loop) IsConnected(pubkey string) bool {
	l.seen.mu.RLock()
	defer l.seen.mu.RUnlock()
	for _, people := range l.seen.people {
		for _, p := range people {
			if p.Identity == pubkey {
				return true
			}
		}
	}
	return false
}

// recall keeps the rows of nests that have a room.
func (o *observation) recall(nests map[string]Nest) {
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

func hostOf(metadata string) string {
	var m struct {
		Host string `json:"host"`
	}
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return ""
	}
	return m.Host
}
