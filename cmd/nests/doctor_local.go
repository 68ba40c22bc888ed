package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"nests/internal/config"
	"nests/internal/diagnose"
	"nests/internal/media"
	"nests/internal/nip"
	"nests/internal/relay"
	"nests/internal/store"
)

// outside diagnoses a server through its public endpoints. The dialer refuses relays at private addresses, unless the
// server itself is on this machine.
func outside(to string) diagnose.Outside {
	u, err := url.Parse(to)
	dialer := relay.Dialer{AllowPrivate: err == nil && nip.IsLoopback(u.Hostname())}
	return diagnose.Outside{URL: to, HTTP: &http.Client{}, Now: time.Now, Fetch: dialer.Fetch}
}

// local checks the configuration, then asks the running instance, signed with the server's own key. If none answers, it
// checks what an instance needs.
func (d doctor) local(ctx context.Context) diagnose.Report {
	cfg, _, err := config.Load(d.input)
	probes := []diagnose.Probe{settingsProbe(err)}
	if err != nil {
		return newReport(d.nest, diagnose.Run(ctx, probes))
	}
	probes = append(probes, folderProbe(cfg))
	instance := outside("http://" + dialAddr(cfg.HTTPAddr))
	instance.Public, instance.Authorize = cfg.PublicURL(), serverAuth(cfg)
	running := checkRunning(ctx, cfg)
	if cfg.Postgres == "" || running.Status != diagnose.OK {
		probes = append(probes, databaseProbe(cfg))
	}
	if running.Status != diagnose.OK {
		probes = append(probes, diagnose.Probe{
			ID:    "instance",
			Title: "Server on this machine",
			Scope: diagnose.OfServer,
			Run:   func(context.Context) diagnose.Finding { return running },
		})
		if cfg.LiveKitURL != "" {
			tokens := media.Tokens{Key: cfg.LiveKitAPIKey, Secret: cfg.LiveKitAPISecret}
			probes = append(probes, diagnose.Probe{
				ID:    "livekit",
				Title: "Media server",
				Scope: diagnose.OfServer,
				Run:   livekitProbe(cfg.LiveKitURL, tokens).Check,
			})
		}
		return newReport(d.nest, diagnose.Run(ctx, probes))
	}
	checks := diagnose.Run(ctx, probes)
	var report diagnose.Report
	if d.nest == "" {
		report = instance.Report(ctx)
	} else {
		report = instance.NestReport(ctx, diagnose.ParseSubject(d.nest))
	}
	report.Checks = append(checks, report.Checks...)
	scenario := report.Verdict.Scenario
	report.Verdict = diagnose.Conclude(report.Checks)
	if report.Verdict.Scenario == "" && report.Verdict.Code != diagnose.Healthy {
		report.Verdict.Scenario = scenario
	}
	return report
}

func newReport(id string, checks []diagnose.Check) diagnose.Report {
	return diagnose.Report{
		Nest:    id,
		At:      time.Now().UnixMilli(),
		Version: versionText(),
		Verdict: diagnose.Conclude(checks),
		Checks:  checks,
		Drifts:  []diagnose.Drift{},
	}
}

// checkRunning checks that an instance answers at the address in the configuration.
func checkRunning(ctx context.Context, cfg config.Config) diagnose.Finding {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dialAddr(cfg.HTTPAddr)+"/health", nil)
	if err == nil {
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			return diagnose.Finding{Status: diagnose.OK, Summary: "The server answers."}
		}
	}
	f := diagnose.Finding{Status: diagnose.Fail, Code: diagnose.NotRunning, Summary: "The server does not answer.",
		Evidence: map[string]any{"address": dialAddr(cfg.HTTPAddr)}}
	if late, ok := errors.AsType[*url.Error](err); ok && late.Timeout() {
		f.Summary = "The server accepts connections but does not answer: the process hangs or is suspended."
	}
	return f
}

// serverAuth signs requests with the server's own key, which the data folder holds. The instance treats it as an
// operator.
func serverAuth(cfg config.Config) func(method, url string) (http.Header, error) {
	if cfg.NostrKey == "" {
		return nil
	}
	return func(method, to string) (http.Header, error) {
		return nip.AuthHeader(cfg.NostrKey, method, to, uuid.NewString(), time.Now())
	}
}

func settingsProbe(err error) diagnose.Probe {
	check := func(context.Context) diagnose.Finding {
		if err == nil {
			return diagnose.Finding{Status: diagnose.OK, Summary: "The configuration is valid."}
		}
		if errors.Is(err, fs.ErrPermission) { // the files belong to another user, so the server may work
			return diagnose.Finding{
				Status:  diagnose.Unknown,
				Summary: "This user may not read the settings and keys of the server.",
				Hint:    "Run the doctor as the server's user or with sudo, or diagnose from outside with --url.",
			}
		}
		var texts []string
		for _, p := range config.Problems(err) {
			texts = append(texts, p.Error())
		}
		if len(texts) == 0 {
			texts = []string{err.Error()}
		}
		return diagnose.Finding{Status: diagnose.Fail, Code: diagnose.ConfigRefused, Summary: strings.Join(texts, "; ")}
	}
	return diagnose.Probe{ID: "settings", Title: "Configuration", Scope: diagnose.OfServer, Run: check}
}

// folderProbe checks the data folder and the permissions of the keys in it.
func folderProbe(cfg config.Config) diagnose.Probe {
	check := func(context.Context) diagnose.Finding {
		evidence := map[string]any{"folder": cfg.DataDir}
		info, err := os.Stat(cfg.DataDir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return diagnose.Finding{Status: diagnose.Skipped,
				Summary: "There is no data folder yet; the first start creates it."}
		case err != nil || !info.IsDir():
			return diagnose.Finding{
				Status:   diagnose.Fail,
				Code:     diagnose.StoreDown,
				Summary:  "The data folder is not a usable folder.",
				Evidence: evidence,
			}
		}
		keys, err := os.Stat(filepath.Join(cfg.DataDir, "keys.yaml"))
		if err == nil && keys.Mode().Perm()&0o077 != 0 {
			return diagnose.Finding{
				Status:   diagnose.Warn,
				Summary:  "Other users of this machine may read the server's keys.",
				Hint:     "Run chmod 600 on keys.yaml in the data folder.",
				Evidence: evidence,
			}
		}
		free, total, err := diskOf(cfg.DataDir)
		if err != nil {
			return diagnose.Finding{
				Status:   diagnose.Warn,
				Summary:  "The free space of the data folder could not be read.",
				Evidence: evidence,
			}
		}
		return diagnose.DiskFinding(free, total)
	}
	return diagnose.Probe{ID: "folder", Title: "Data folder", Scope: diagnose.OfServer, Run: check}
}

// databaseTimeout is long enough to read a large SQLite file.
const databaseTimeout = time.Minute

// databaseProbe opens the database as serve does, which reads the whole SQLite file. It changes nothing.
func databaseProbe(cfg config.Config) diagnose.Probe {
	check := func(ctx context.Context) diagnose.Finding {
		where := storeConfig(cfg)
		if _, err := os.Stat(where.Path); where.Postgres == "" && errors.Is(err, fs.ErrNotExist) {
			return diagnose.Finding{Status: diagnose.Skipped,
				Summary: "There is no database yet; the first start creates it."}
		}
		where.Busy = 2 * time.Second
		db, err := store.Open(ctx, where, slog.New(slog.DiscardHandler))
		if err != nil {
			return diagnose.StoreFinding(err)
		}
		defer db.Close()
		version, err := db.Version(ctx)
		if err != nil {
			return diagnose.StoreFinding(err)
		}
		return diagnose.Finding{
			Status:   diagnose.OK,
			Summary:  "The database is intact.",
			Evidence: map[string]any{"schema": version, "known": store.Latest()},
		}
	}
	return diagnose.Probe{
		ID:      "database",
		Title:   "Database file",
		Scope:   diagnose.OfServer,
		Timeout: databaseTimeout,
		Run:     check,
	}
}
