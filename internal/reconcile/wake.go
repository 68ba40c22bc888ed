package reconcile

import "sync"

// wakeList collects the ids of nests to process now. Adding never blocks: its channel holds at most one signal,
// however many ids are waiting. Any goroutine may add; one goroutine takes.
type wakeList struct {
	mu     sync.Mutex
	ids    map[string]bool
	signal chan struct{}
}

func (w *wakeList) add(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil {
		w.ids = map[string]bool{}
	}
	w.ids[id] = true
	select {
	case w.channel() <- struct{}{}:
	default:
	}
}

// putBack returns the ids of a failed pass to the list. It does not signal, so that they wait for the next pass instead
// of starting one.
func (w *wakeList) putBack(ids map[string]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil {
		w.ids = map[string]bool{}
	}
	for id := range ids {
		w.ids[id] = true
	}
}

// ready returns a channel that receives once ids were added.
func (w *wakeList) ready() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel()
}

// channel creates the channel on first use. The caller holds mu.
func (w *wakeList) channel() chan struct{} {
	if w.signal == nil {
		w.signal = make(chan struct{}, 1)
	}
	return w.signal
}

// take removes and returns all ids; it never returns nil.
func (w *wakeList) take() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := w.ids
	w.ids = map[string]bool{}
	if ids == nil {
		ids = map[string]bool{}
	}
	return ids
}
