package e2e

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"nests/internal/diagnose"
)

// broken is a server with the four endpoints of the troubleshooting guide, broken as the guide describes.
type broken struct {
	scenario string
	id       string // of the one room that it has
}

func (b broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	door := strings.TrimPrefix(r.URL.Path, "/api/v1/nests/"+b.id)
	answer := func(status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
	switch b.scenario {
	case "A": // the room is in its database, and it mints no token
		switch {
		case r.URL.Path == "/health":
			answer(200, `{"status":"healthy"}`)
			return
		case door == "/info":
			answer(200, `{"host":"`+strings.Repeat("ab", 32)+`","speakers":[],"admins":[],"link":"","recording":false}`)
			return
		}
	case "B": // the server runs and has no such room
		if r.URL.Path == "/health" {
			answer(200, `{"status":"healthy"}`)
			return
		}
	case "C, a page for everything":
		w.Write([]byte("<!doctype html><title>It works!</title>"))
		return
	case "C, a proxy without a server behind it":
		http.Error(w, "<html>502 Bad Gateway</html>", http.StatusBadGateway)
		return
	case "well":
		switch {
		case r.URL.Path == "/health":
			answer(200, `{"status":"healthy"}`)
			return
		case door == "/info":
			answer(200, `{"host":"`+strings.Repeat("ab", 32)+`","speakers":[],"admins":[],"link":"","recording":false}`)
			return
		case door == "/guest":
			answer(200, `{"token":"made.for.nobody"}`)
			return
		}
	}
	answer(404, `{"error":"Room not found"}`)
}

// The doctor names the three scenarios of the troubleshooting guide by their letters. It has no access to the
// database, the LiveKit and the log of that server.
func TestScenariosOfTheGuide(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := uuid.NewString()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, row := range []struct {
		scenario, id, letter string
		want                 diagnose.Code
		cause                string
	}{
		{"A", id, "A", diagnose.Unexplained, "The server knows the nest but issues no token"},
		{"B", id, "B", diagnose.UnknownNest, "Room not found"},
		{"C, everything is 404", id, "C", diagnose.WrongAPIBase, "other than a Nests server"},
		{"C, a page for everything", id, "C", diagnose.WrongAPIBase, "other than a Nests server"},
		{"C, a proxy without a server behind it", id, "C", diagnose.WrongAPIBase, "other than a Nests server"},
		{"B", "the-wrong-id", "C", diagnose.WrongRoomID, "Room not found"},
		{"C, nothing there", id, "C", diagnose.WrongAPIBase, "Nothing answers"},
		{"well", id, "", diagnose.Healthy, ""},
	} {
		double := httptest.NewServer(broken{row.scenario, id})
		at := double.URL
		if row.scenario == "C, nothing there" {
			at = gone.URL
		}
		for _, typed := range []string{at, at + "/", at + "/api/v1/nests", at + "/api/v1/nests/"} {
			r := s.doctor(s.environment(), "--url", typed, row.id)
			if r.Verdict.Code != row.want || r.Verdict.Scenario != row.letter ||
				!strings.Contains(r.Verdict.Cause, row.cause) {
				t.Errorf("%s at %s: the verdict is %s", row.scenario, typed, checksOf(r))
			}
			if row.want != diagnose.Healthy && r.Verdict.Hint == "" {
				t.Errorf("%s: no hint", row.scenario)
			}
		}
		double.Close()
	}
}

// Our own server is healthy by the contract alone, also for a doctor that gets neither its report nor its
// configuration.
func TestDoctorOverTheContractAlone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	fronts := map[string]string{}
	for name, hidden := range map[string][]string{"all of it": nil, "no report": {"/diagnostics"},
		"as others of the family are": {"/diagnostics", "/config"}} {
		fronts[name] = changingProxy(t, s.base(), nil, func(r *http.Response) {
			for _, end := range hidden {
				if strings.HasSuffix(r.Request.URL.Path, end) {
					r.StatusCode, r.Body = http.StatusNotFound, http.NoBody
					r.Header.Del("Content-Length")
				}
			}
		}).URL
	}
	// The server checks the first public URL itself, so that one hides nothing.
	s.env = []string{"NESTS_PUBLIC_URL=" +
		strings.Join([]string{fronts["all of it"], fronts["no report"], fronts["as others of the family are"]}, ",")}
	s.start()
	id, _ := s.user().create()
	for name, front := range fronts {
		for _, nest := range []string{"", id} {
			r := s.doctor(slices.DeleteFunc(s.environment(), isNestsVariable), "--url", front, nest)
			own := slices.ContainsFunc(r.Checks,
				func(c diagnose.Check) bool { return strings.HasPrefix(c.Title, "Server: ") })
			if r.Verdict.Code != diagnose.Healthy || own != (name == "all of it") {
				t.Errorf("%s, nest %q, own report %t: %s", name, nest, own, checksOf(r))
			}
		}
	}
}
