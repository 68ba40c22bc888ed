package store

import (
	"fmt"
	"strings"
)

// conditions builds the WHERE clause of a query whose parts depend on a filter. Every value is a bound parameter.
type conditions struct {
	parts []string
	args  []any
}

// bind adds a parameter and returns its placeholder.
func (q *conditions) bind(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *conditions) add(part string) { q.parts = append(q.parts, part) }

func (q *conditions) and(left string, value any) { q.add(left + q.bind(value)) }

func (q *conditions) where() string {
	if len(q.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.parts, " AND ")
}

// oneOf requires the column to equal one of the values. It returns false when values is empty: nothing can match.
func oneOf[T any](q *conditions, column string, values []T) bool {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.bind(v)
	}
	q.add(column + " IN (" + strings.Join(marks, ", ") + ")")
	return len(values) > 0
}
