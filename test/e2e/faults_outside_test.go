package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// changingProxy returns a proxy that changes requests or responses.
func changingProxy(t *testing.T, to string, request func(*http.Request), answer func(*http.Response)) *httptest.Server {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if request != nil {
				request(r.Out)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if answer != nil {
				answer(r)
			}
			return nil
		},
	})
	t.Cleanup(p.Close)
	return p
}

// addressFaults are wrong addresses and clocks.
func addressFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off", "NESTS_PUBLIC_URL=https://nests.example", "NESTS_MEDIA_IP=10.1.2.3")
	all.expectVerdicts(s, fault{
		name:   "browsers get a private address for media",
		report: diagnose.AddressWrong,
		doctor: diagnose.AddressWrong,
		url:    diagnose.AddressWrong,
	})
	id, _ := s.user().createAnnounced(time.Now().Add(-time.Minute), "Coffee", nesttest.NewRelay(t))
	all.expectVerdicts(s, fault{
		name:   "pair: private media address, relay unreachable",
		nest:   id,
		report: diagnose.AddressWrong,
		doctor: diagnose.AddressWrong,
	})
	s.stop()
	s.env = append(s.env, "NESTS_MEDIA_IP=203.0.113.7") // as the hint says
	s.start()
	s.becomesHealthy("", faultLimit)

	other := startServer(t)
	s = startServer(t, "NESTS_RATE_LIMITS=off", "NESTS_PUBLIC_URL="+other.base())
	all.expectVerdicts(s, fault{
		name:   "another Nests server at the public URL",
		report: diagnose.PublicURL,
		doctor: diagnose.PublicURL,
		url:    diagnose.PublicURL,
	})
	s.stop()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		w.Write([]byte("<html>It works!</html>"))
	}))
	t.Cleanup(page.Close)
	s.env = append(s.env, "NESTS_PUBLIC_URL="+page.URL)
	s.start()
	all.expectVerdicts(s, fault{
		name:   "something else at the public URL",
		report: diagnose.WrongAPIBase,
		doctor: diagnose.WrongAPIBase,
		url:    diagnose.WrongAPIBase,
	})
	all.expectVerdicts(s, fault{
		name:   "pair: something else at the public URL, no such nest",
		nest:   uuid.NewString(),
		report: diagnose.WrongAPIBase,
		doctor: diagnose.WrongAPIBase,
	})
	s.stop()
	s.env = []string{"NESTS_RATE_LIMITS=off", "NESTS_PUBLIC_URL=" + s.base()}
	s.start()
	s.becomesHealthy("", faultLimit)

	for name, off := range map[string]time.Duration{"ten minutes ahead": 10 * time.Minute,
		"ten minutes behind": -10 * time.Minute} {
		skewed := changingProxy(t, s.base(), nil, func(r *http.Response) {
			r.Header.Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		})
		all.expectFromOutside(s, "pair: the server's clock is "+name+", URL not its own", skewed.URL, "",
			diagnose.ClockSkew, "")
	}
	all.expectFromOutside(s, "URL is not the server's own", changingProxy(t, s.base(), nil, nil).URL, "",
		diagnose.PublicURL, "")
	closed := changingProxy(t, s.base(), nil, func(r *http.Response) {
		if strings.HasPrefix(r.Request.URL.Path, "/health") {
			r.StatusCode = http.StatusNotFound
		}
	})
	s.stop()
	s.env = append(s.env, "NESTS_PUBLIC_URL="+closed.URL)
	s.start()
	all.expectFromOutside(s, "the proxy keeps /health back", closed.URL, "", diagnose.Healthy, "")
}

// expectFromOutside adds a row of which only nests doctor --url can see anything.
func (all *table) expectFromOutside(s *server, name, at, id string, want diagnose.Code, letter string) {
	s.t.Helper()
	began := time.Now()
	r := s.doctor(slices.DeleteFunc(s.environment(), isNestsVariable), "--url", at, id)
	if r.Verdict.Code != want || r.Verdict.Scenario != letter {
		s.t.Errorf("%s: the verdict is %s, want %s %s", name, checksOf(r), want, letter)
	}
	all.add(name, [3]string{"", "", fmt.Sprintf("%-22s %4.1f %s", r.Verdict.Code, time.Since(began).Seconds(), letter)})
}

// signatureFaults are what can happen to a signed request on its way. The doctor signs and a proxy changes the
// request.
func signatureFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	s.stop()
	s.env = append(s.env, "NESTS_PUBLIC_URL="+s.base())
	s.start()
	host := s.user()
	id, _ := host.create()
	operator := s.operator()
	again := func(r *http.Request, at time.Time, url string) {
		if r.Header.Get("Authorization") != "" {
			r.Header.Set("Authorization", encoded(t, operator.sign(27235, at, "", []string{"u", url},
				[]string{"method", r.Method}, []string{"nonce", uuid.NewString()})))
		}
	}
	for name, row := range map[string]struct {
		change func(*http.Request)
		want   diagnose.Code
	}{
		"signature broken": {
			change: func(r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					r.Header.Set("Authorization", host.badHeaders(r.Method, s.base()+r.URL.Path,
						nil)["another's signature"].header)
				}
			},
			want: diagnose.BadSignature,
		},
		"header replayed": {
			change: func(r *http.Request) {
				if used := r.Header.Get("Authorization"); used != "" {
					s.send(r.Method, s.base()+r.URL.Path, used, nil)
				}
			},
			want: diagnose.Replayed,
		},
		"the client's clock is ten minutes behind": {
			change: func(r *http.Request) {
				again(r, time.Now().Add(-10*time.Minute), s.base()+r.URL.Path)
			},
			want: diagnose.ClockSkew,
		},
		"the client's clock is ten minutes ahead": {
			change: func(r *http.Request) {
				again(r, time.Now().Add(10*time.Minute), s.base()+r.URL.Path)
			},
			want: diagnose.ClockSkew,
		},
		"signed for another URL": {
			change: func(r *http.Request) {
				again(r, time.Now(), "https://elsewhere.example"+r.URL.Path)
			},
			want: diagnose.PublicURL,
		},
		"header cut off": {
			change: func(r *http.Request) {
				if header := r.Header.Get("Authorization"); header != "" {
					r.Header.Set("Authorization", header[:200])
				}
			},
			want: diagnose.BadSignature,
		},
	} {
		proxy := changingProxy(t, s.base(), row.change, nil)
		began := time.Now()
		r := s.doctor(append(s.environment(), "NESTS_HTTP_ADDR="+strings.TrimPrefix(proxy.URL, "http://")), id)
		if r.Verdict.Code != row.want {
			t.Errorf("%s: the verdict is %s, want %s", name, checksOf(r), row.want)
		}
		all.add(name, [3]string{"", fmt.Sprintf("%-22s %4.1f", r.Verdict.Code, time.Since(began).Seconds())})
	}
	s.env[len(s.env)-1] = "NESTS_PUBLIC_URL=https://nests.example"
	all.expectVerdicts(s, fault{
		name:   "public URL changed, server not restarted",
		nest:   id,
		report: diagnose.Healthy,
		doctor: diagnose.PublicURL,
	})
	s.env[len(s.env)-1] = "NESTS_PUBLIC_URL=" + s.base()
	s.becomesHealthy(id, faultLimit)
}
