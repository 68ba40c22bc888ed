package diagnose

import (
	"slices"
	"testing"
)

// guideCodes are the codes of the troubleshooting guide that a server or a doctor can reach.
var guideCodes = []Code{
	"healthy", "room_without_nest", "foreign_room", "signature_owed", "wrong_api_base", "wrong_room_id", "unknown_nest",
	"wrong_server", "orphan_space", "id_mismatch", "ended", "not_started", "private", "banned", "full", "guests_off",
	"media_down", "media_credentials", "media_unreachable_from_client", "repairing", "store_down", "store_locked",
	"store_readonly", "store_corrupt", "store_too_new", "disk_full", "relay_lagging", "relay_refused",
	"relay_unreachable", "clock_skew", "public_url_mismatch", "bad_signature", "replayed", "offline", "unexplained",
}

func TestEveryCodeOfTheGuideIsKnown(t *testing.T) {
	for _, code := range guideCodes {
		if !isKnown(code) {
			t.Errorf("%s is in the guide and not in the table", code)
		}
	}
	if isKnown("") || isKnown("mended") {
		t.Error("an unknown code counts as known")
	}
	seen := map[Code]bool{}
	for _, r := range table {
		if seen[r.code] {
			t.Errorf("%s has two rows", r.code)
		}
		seen[r.code] = true
		sides := []Side{serverSide, clientSide, relaySide, noSide}
		if r.summary == "" || r.hint == "" || !slices.Contains(sides, r.side) {
			t.Errorf("%s lacks a summary, a hint or a side", r.code)
		}
	}
}

func TestEachCauseAloneIsTheVerdict(t *testing.T) {
	for _, r := range table {
		for _, status := range []Status{Warn, Fail, Unknown} {
			v := Conclude([]Check{good("a"), {ID: "b", Status: status, Code: r.code, Summary: "Seen."}, good("c")})
			want := Verdict{
				Code:     r.code,
				Summary:  r.summary,
				Cause:    "Seen.",
				Hint:     r.hint,
				Side:     r.side,
				Scenario: scenario(r.code),
			}
			if v != want {
				t.Errorf("%s as %s: %+v", r.code, status, v)
			}
		}
		for _, status := range []Status{OK, Skipped} {
			if v := Conclude([]Check{{Status: status, Code: r.code}}); v.Code != Healthy {
				t.Errorf("%s that is %s became %s", r.code, status, v.Code)
			}
		}
	}
}

// Of two codes the one higher in the table is the verdict, whatever the order of the checks.
func TestTheCauseComesBeforeItsSymptom(t *testing.T) {
	for i, first := range table {
		for _, second := range table[i+1:] {
			a, b := Check{Status: Fail, Code: first.code}, Check{Status: Fail, Code: second.code}
			for _, checks := range [][]Check{{a, b}, {b, a}, {b, good("x"), a}} {
				if v := Conclude(checks); v.Code != first.code {
					t.Errorf("%s and %s: %s", first.code, second.code, v.Code)
				}
			}
		}
	}
	// A cause stands in the table before what depends on it.
	order := [][2]Code{
		{DiskFull, StoreDown}, {StoreLocked, MediaDown}, {StoreDown, UnknownNest}, {NotRunning, WrongAPIBase},
		{StoreTooNew, NotRunning}, {ConfigRefused, NotRunning}, {WrongAPIBase, UnknownNest}, {
			MediaCredentials, MediaDown,
		},
		{MediaDown, Repairing}, {MediaDown, RoomWithoutNest}, {OrphanSpace, UnknownNest}, {WrongServer, UnknownNest},
		{IDMismatch, UnknownNest}, {ClockSkew, PublicURL}, {PublicURL, BadSignature}, {MediaDown, RelayRefused},
		{Ended, SignatureOwed}, {AddressWrong, RelayUnreachable}, {RelayRefused, RelayLagging}, {Banned, Full},
	}
	rank := func(code Code) int { return slices.IndexFunc(table[:], func(r row) bool { return r.code == code }) }
	for _, pair := range order {
		if rank(pair[0]) >= rank(pair[1]) {
			t.Errorf("%s does not stand before %s", pair[0], pair[1])
		}
	}
}

// A thing that could not be observed is unexplained at most, never absent.
func TestUnknownIsNeverAbsent(t *testing.T) {
	v := Conclude([]Check{good("a"), {Status: Unknown, Summary: "No answer in time."}})
	if v.Code != Unexplained || v.Scenario != "" || v.Cause != "No answer in time." {
		t.Errorf("%+v", v)
	}
	v = Conclude([]Check{{Status: Fail, Summary: "Odd.", Hint: "Do this."}})
	if v.Code != Unexplained || v.Hint != "Do this." {
		t.Errorf("a check's own hint is lost: %+v", v)
	}
}

func TestHealthy(t *testing.T) {
	for name, checks := range map[string][]Check{
		"no checks":   nil,
		"all is well": {good("a"), good("b")},
		"skipped":     {good("a"), {Status: Skipped, Summary: "There is none."}},
		"a warning":   {good("a"), {Status: Warn, Summary: "The disk is nearly full."}},
	} {
		if v := Conclude(checks); v.Code != Healthy || v.Side != noSide || v.Scenario != "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func good(id string) Check { return Check{ID: id, Status: OK, Summary: "Fine."} }
