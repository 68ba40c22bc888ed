package metrics

import "sync"

const (
	maxLabelValues = 100
	maxLabelLength = 40 // bytes
)

// labelValues bounds how many values a label takes, so that a faulty caller cannot create series without end: the first
// maxLabelValues keep their own name, every later one becomes "other".
//
// Concurrency: mu guards known; handlers of many requests count at once.
type labelValues struct {
	mu    sync.Mutex
	known map[string]bool
}

func (l *labelValues) bound(value string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[value] {
		return value
	}
	if len(l.known) >= maxLabelValues || len(value) > maxLabelLength {
		return "other"
	}
	if l.known == nil {
		l.known = map[string]bool{}
	}
	l.known[value] = true
	return value
}
