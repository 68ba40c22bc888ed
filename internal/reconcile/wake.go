package reconcile

import "sync"

// wakeList gathers the nests that want a look. Its channel holds at most one token, so that adding never blocks.
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

// put gives ids back without asking for a look now.
func (w *wakeList) restore(ids map[string]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil {
		w.ids = map[string]bool{}
	}
	for id := range ids {
		w.ids[id] = true
	}
}

func (w *wakeList) ready() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel()
}

// channel is made on first use, under mu.
func (w *wakeList) channel() chan struct{} {
	if w.signal == nil {
		w.signal = make(chan struct{}, 1)
	}
	return w.signal
}

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
