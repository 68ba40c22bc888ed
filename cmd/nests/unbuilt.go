package main

import (
	"errors"

	"nests/internal/config"
)

// unbuilt refuses what the configuration knows and the server does not do yet: a setting that is silently ignored is a trap.
func unbuilt(cfg config.Config) error {
	if cfg.TURNDomain != "" {
		return errors.New("NESTS_TURN_DOMAIN is not built yet: leave it out and put a TURN server beside nests (docs/operate.md)")
	}
	return nil
}
