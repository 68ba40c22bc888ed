package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// table finds routes by the raw path. It never cleans or redirects a path as ServeMux does: a signed URL must be served as
// it was sent, or not at all.
type table []tableRow

type tableRow struct {
	route    *route
	segments []string
}

func newTable(routes []route) table {
	t := make(table, len(routes))
	for i := range routes {
		t[i] = tableRow{&routes[i], segments(routes[i].path)}
	}
	return t
}

// find is the route of a request, with its path values set on r; without one, allow are the methods that the path has.
func (t table) find(r *http.Request, path string) (found *route, allow []string) {
	asked := segments(trimmed(path))
	for _, row := range t {
		if !matches(row.segments, asked) {
			continue
		}
		if row.route.method == r.Method || row.route.method == http.MethodGet && r.Method == http.MethodHead {
			setValues(r, row.segments, asked)
			return row.route, nil
		}
		if !slices.Contains(allow, row.route.method) {
			allow = append(allow, row.route.method)
		}
	}
	return nil, allow
}

// trimmed is the path that a route is looked up by: without the first of a doubled base, and without one slash at the end.
func trimmed(path string) string {
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == base || strings.HasPrefix(rest, base+"/")) {
		path = rest
	}
	return strings.TrimSuffix(path, "/")
}

func segments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

func matches(pattern, asked []string) bool {
	if len(pattern) != len(asked) {
		return false
	}
	for i, want := range pattern {
		if asked[i] == "" || want[0] != '{' && want != asked[i] {
			return false
		}
	}
	return true
}

func setValues(r *http.Request, pattern, asked []string) {
	for i, want := range pattern {
		if want[0] != '{' {
			continue
		}
		value, err := url.PathUnescape(asked[i])
		if err != nil {
			value = asked[i]
		}
		r.SetPathValue(strings.Trim(want, "{}"), value)
	}
}

// prefixes under which nothing but JSON is answered.
var prefixes = []string{"/api", "/rtc", "/livekit", "/twirp", "/webhooks", "/.well-known"}

// ours says whether a path lies under one of the prefixes, doubled slashes before it forgiven: the web app must not answer
// an API call with a page.
func ours(path string) bool {
	path = "/" + strings.TrimLeft(path, "/")
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
