package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// router matches requests to routes by the raw path. Unlike http.ServeMux it never cleans a path or redirects: a signed
// URL must be served exactly as sent, or not at all.
type router []pattern

type pattern struct {
	route    *route
	segments []string
}

func newRouter(routes []route) router {
	patterns := make(router, len(routes))
	for i := range routes {
		patterns[i] = pattern{route: &routes[i], segments: segments(routes[i].path)}
	}
	return patterns
}

// find returns the route of a request and sets its path values on r. Without a match, allow has the methods of the
// path.
func (rt router) find(r *http.Request, path string) (found *route, allow []string) {
	requested := segments(normalizePath(path))
	for _, p := range rt {
		if !p.matches(requested) {
			continue
		}
		if p.route.method == r.Method || p.route.method == http.MethodGet && r.Method == http.MethodHead {
			p.setPathValues(r, requested)
			return p.route, nil
		}
		if !slices.Contains(allow, p.route.method) {
			allow = append(allow, p.route.method)
		}
	}
	return nil, allow
}

// normalizePath removes the first of a doubled base, and one slash at the end.
func normalizePath(path string) string {
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == base || strings.HasPrefix(rest, base+"/")) {
		path = rest
	}
	return strings.TrimSuffix(path, "/")
}

func segments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

func (p pattern) matches(requested []string) bool {
	if len(p.segments) != len(requested) {
		return false
	}
	for i, want := range p.segments {
		if requested[i] == "" || want[0] != '{' && want != requested[i] {
			return false
		}
	}
	return true
}

func (p pattern) setPathValues(r *http.Request, requested []string) {
	for i, want := range p.segments {
		if want[0] != '{' {
			continue
		}
		value, err := url.PathUnescape(requested[i])
		if err != nil {
			value = requested[i]
		}
		r.SetPathValue(strings.Trim(want, "{}"), value)
	}
}

// jsonPrefixes are the prefixes under which every answer is JSON.
var jsonPrefixes = []string{"/api", "/rtc", "/livekit", "/twirp", "/webhooks", "/.well-known"}

// answersJSON reports whether a path lies under one of jsonPrefixes, even after extra leading slashes: the web app must
// not answer an API request with a page.
func answersJSON(path string) bool {
	path = "/" + strings.TrimLeft(path, "/")
	for _, prefix := range jsonPrefixes {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}
