package relay

import (
	"encoding/json"
	"slices"

	"nests/internal/nest"
	"nests/internal/nip"
)

// filter is one filter of a subscription, checked and bounded.
type filter struct {
	nest.EventFilter
	liveOnly bool // limit 0: nothing stored is wanted
	nothing  bool // an empty list: no event can match
}

// parseFilter reads a NIP-01 filter. What would be silently wrong to ignore (search, tags of several letters) is refused.
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
	return f, nil
}

// set takes over one field and says how many values it had.
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
		f.nothing = f.nothing || f.Kinds != nil && len(f.Kinds) == 0
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
	f.nothing = f.nothing || len(*into) == 0
	return len(*into), nil
}

func (f *filter) number(name string, raw json.RawMessage, into *int64) error {
	if err := json.Unmarshal(raw, into); err != nil || *into < 0 {
		return refusef("invalid", "%s is a whole number", name)
	}
	return nil
}

// coordinateIn says whether a value is the naddr of a coordinate that is asked for.
func coordinateIn(values []string, value string) bool {
	coordinate := nip.Coordinate(value)
	return coordinate != "" && slices.Contains(values, coordinate)
}

// matches is the filter applied to one event, as the store applies it to many.
func (f filter) matches(e nest.Event) bool {
	switch {
	case f.nothing,
		len(f.IDs) > 0 && !slices.Contains(f.IDs, e.ID),
		len(f.Authors) > 0 && !slices.Contains(f.Authors, e.PubKey),
		len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind),
		f.Since > 0 && e.CreatedAt < f.Since,
		f.Until > 0 && e.CreatedAt > f.Until:
		return false
	}
	for name, values := range f.Tags {
		if !slices.ContainsFunc(e.Tags, func(tag []string) bool {
			return len(tag) >= 2 && tag[0] == name && (slices.Contains(values, tag[1]) || name == "a" && coordinateIn(values, tag[1]))
		}) {
			return false
		}
	}
	return true
}
