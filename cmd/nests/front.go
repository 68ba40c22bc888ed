package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"nests/internal/config"
	"nests/internal/front"
)

// listenFront opens the ports for TLS; nil when this server does not terminate TLS.
func listenFront(cfg config.Config, log *slog.Logger) (*front.Front, error) {
	if !cfg.TLS() {
		return nil, nil
	}
	log = component(log, "front")
	f, err := front.Listen(cfg.TLSAddr, cfg.TLSRedirectAddr)
	if err != nil {
		return nil, err
	}
	f.Log, f.Origins, f.Routes = log, cfg.PublicOrigins(), map[string]string{}
	if f.Certificates, err = certificates(cfg, f, log); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func certificates(cfg config.Config, f *front.Front, log *slog.Logger) (front.Certificates, error) {
	if cfg.TLSCert != "" {
		return front.OpenFiles(cfg.TLSCert, cfg.TLSKey, log)
	}
	authority := front.Authority{
		URL:    cfg.ACMEURL,
		Email:  cfg.ACMEEmail,
		Root:   cfg.ACMERoot,
		Folder: filepath.Join(cfg.DataDir, "certificates"),
	}
	return front.NewACME(cfg.CertificateNames(), authority, f, log)
}

// runFront runs the front, and reloads the certificates on SIGHUP.
func runFront(ctx context.Context, f *front.Front) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	for {
		select {
		case err := <-done:
			return err
		case <-hangup:
			f.Certificates.Reload()
		}
	}
}
