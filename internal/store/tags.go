package store

import (
	"fmt"
	"strings"

	"nests/internal/nest"
	"nests/internal/nip"
)

type tagValue struct{ name, value string }

// tagsMax bounds the indexed tags of one event. A longer follow list is still found by its author and kind.
const tagsMax = 2000

// putTags indexes the tags of an event (NIP-01 §Filters).
func (t *tx) putTags(e nest.Event) error {
	tags := tagsToIndex(e)
	const atOnce = 50 // bounds the parameters of a statement and the number of prepared statements
	for len(tags) > 0 {
		n := min(len(tags), atOnce)
		var q conditions
		rows := make([]string, n)
		event, at := q.bind(e.ID), q.bind(e.CreatedAt)
		for i, tag := range tags[:n] {
			rows[i] = fmt.Sprintf("(%s, %s, %s, %s)", event, at, q.bind(tag.name), q.bind(tag.value))
		}
		insert := `INSERT INTO event_tags (event, created_at, name, value) VALUES ` + strings.Join(rows, ", ")
		_, err := t.exec(insert, q.args...)
		if err != nil {
			return err
		}
		tags = tags[n:]
	}
	return nil
}

// tagsToIndex returns the tags of e that queries can match: the first value of each single-letter tag, without
// duplicates, at most tagsMax. An naddr in an a tag is followed by its coordinate.
func tagsToIndex(e nest.Event) []tagValue {
	var tags []tagValue
	seen := map[tagValue]bool{}
	add := func(name, value string) {
		v := tagValue{name, bounded(value)}
		if len(tags) < tagsMax && !seen[v] {
			seen[v] = true
			tags = append(tags, v)
		}
	}
	for _, tag := range e.Tags {
		if len(tag) < 2 || !isTagLetter(tag[0]) {
			continue
		}
		add(tag[0], tag[1])
		if tag[0] == "a" {
			if coordinate := nip.Coordinate(tag[1]); coordinate != "" {
				add("a", coordinate)
			}
		}
	}
	return tags
}

func isTagLetter(name string) bool {
	return len(name) == 1 && (name[0] >= 'a' && name[0] <= 'z' || name[0] >= 'A' && name[0] <= 'Z')
}
