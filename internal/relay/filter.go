package relay

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"nests/internal/nest"
	"nests/internal/nip"
)

// filter is one filter of a subscription, checked and bounded. Its lists are sorted.
type filter struct {
	nest.EventFilter
	weight         int  // its share of the values that one connection may subscribe to
	liveOnly       bool // limit 0: nothing stored is wanted
	matchesNothing bool // an empty list: no event can match
}

// parseFilter reads a NIP-01 filter. It refuses search and tags of several letters: to ignore them would return too
// much.
func parseFilter(data json.RawMessage, limits Limits) (filter, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return filter{}, refusef("invalid", "a filter is a JSON object")
	}
	f := filter{EventFilter: nest.EventFilter{Limit: limits.Events}}
	values := 0
	for name, raw := range fields {
		n, err := f.set(name, raw, limits)
		if err != nil {
			return filter{}, err
		}
		values += n
	}
	if values > limits.FilterValues {
		return filter{}, refusef("invalid", "a filter has at most %d values", limits.FilterValues)
	}
	return prepare(f), nil
}

const longValue = 256 // a value counts once more for each of so many bytes

// prepare returns the filter with sorted copies of its lists, and its weight.
func prepare(f filter) filter {
	f.IDs, f.Authors, f.Kinds = sortedCopy(f.IDs), sortedCopy(f.Authors), sortedCopy(f.Kinds)
	f.Tags = maps.Clone(f.Tags)
	f.weight = 1 + len(f.IDs) + len(f.Authors) + len(f.Kinds)
	for name, values := range f.Tags {
		f.Tags[name] = sortedCopy(values)
		for _, value := range values {
			f.weight += 1 + len(value)/longValue
		}
	}
	return f
}

func sortedCopy[T cmp.Ordered](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// set reads one field and returns how many values it has.
func (f *filter) set(name string, raw json.RawMessage, limits Limits) (values int, err error) {
	switch {
	case name == "ids":
		return f.list(name, raw, &f.IDs, true)
	case name == "authors":
		return f.list(name, raw, &f.Authors, true)
	case name == "kinds":
		if err := json.Unmarshal(raw, &f.Kinds); err != nil {
			return 0, refusef("invalid", "kinds is a list of numbers")
		}
		f.matchesNothing = f.matchesNothing || f.Kinds != nil && len(f.Kinds) == 0
		return len(f.Kinds), nil
	case len(name) == 2 && name[0] == '#':
		var list []string
		n, err := f.list(name, raw, &list, false)
		if f.Tags == nil {
			f.Tags = map[string][]string{}
		}
		f.Tags[name[1:]] = list
		return n, err
	case name == "since":
		return 0, f.number(name, raw, &f.Since)
	case name == "until":
		return 0, f.number(name, raw, &f.Until)
	case name == "limit":
		var limit int64
		if err := f.number(name, raw, &limit); err != nil {
			return 0, err
		}
		f.liveOnly = limit == 0
		f.Limit = int(min(limit, int64(limits.Events)))
		return 0, nil
	case name == "search", name != "" && name[0] == '#':
		return 0, refusef("unsupported", "this relay does not know the filter %.20q", name)
	}
	return 0, nil
}

func (f *filter) list(name string, raw json.RawMessage, into *[]string, isKey bool) (int, error) {
	if err := json.Unmarshal(raw, into); err != nil || *into == nil {
		return 0, refusef("invalid", "%s is a list of strings", name)
	}
	for _, value := range *into {
		if isKey && !nest.IsPubkey(value) {
			return 0, refusef("invalid", "%s holds 64 lower-case hex digits each", name)
		}
	}
	f.matchesNothing = f.matchesNothing || len(*into) == 0
	return len(*into), nil
}

func (f *filter) number(name string, raw json.RawMessage, into *int64) error {
	if err := json.Unmarshal(raw, into); err != nil || *into < 0 {
		return refusef("invalid", "%s is a whole number", name)
	}
	return nil
}

// indexedEvent is an event with its tags by name and value, built once for all filters. An a tag whose value is an
// naddr is indexed by its coordinate too.
type indexedEvent struct {
	nest.Event
	tags map[string]map[string]bool
}

func indexTags(e nest.Event) indexedEvent {
	f := indexedEvent{e, map[string]map[string]bool{}}
	for _, tag := range e.Tags {
		if len(tag) < 2 || len(tag[0]) != 1 {
			continue
		}
		values := f.tags[tag[0]]
		if values == nil {
			values = map[string]bool{}
			f.tags[tag[0]] = values
		}
		values[tag[1]] = true
		if coordinate := coordinateOf(tag); coordinate != "" {
			values[coordinate] = true
		}
	}
	return f
}

func coordinateOf(tag []string) string {
	if tag[0] != "a" {
		return ""
	}
	return nip.Coordinate(tag[1])
}

// matches reports whether the filter matches an event, by the same rules as the store's queries.
func (f filter) matches(e indexedEvent) bool {
	switch {
	case f.matchesNothing,
		len(f.IDs) > 0 && !contains(f.IDs, e.ID),
		len(f.Authors) > 0 && !contains(f.Authors, e.PubKey),
		len(f.Kinds) > 0 && !contains(f.Kinds, e.Kind),
		f.Since > 0 && e.CreatedAt < f.Since,
		f.Until > 0 && e.CreatedAt > f.Until:
		return false
	}
	for name, values := range f.Tags {
		if !intersects(values, e.tags[name]) {
			return false
		}
	}
	return true
}

func contains[T cmp.Ordered](sorted []T, value T) bool {
	_, is := slices.BinarySearch(sorted, value)
	return is
}

// intersects reports whether a sorted list and a set have a value in common. It iterates over the shorter one.
func intersects(sorted []string, set map[string]bool) bool {
	if len(sorted) < len(set) {
		return slices.ContainsFunc(sorted, func(value string) bool { return set[value] })
	}
	for value := range set {
		if contains(sorted, value) {
			return true
		}
	}
	return false
}
