package main

import (
	"errors"
	"fmt"

	"nests/internal/config"
)

// unbuilt refuses what the configuration knows and the server does not do yet: a setting that is silently ignored is a trap.
func unbuilt(cfg config.Config) error {
	for key, set := range map[string]bool{"NESTS_TLS_DOMAIN": cfg.TLSDomain != "", "NESTS_TURN_DOMAIN": cfg.TURNDomain != ""} {
		if set {
			return fmt.Errorf("%s is not built yet: leave it out and put a reverse proxy or a TURN server beside nests (docs/operate.md)", key)
		}
	}
	if cfg.Create == config.CreateFollows {
		return errors.New("NESTS_CREATE=follows is not built yet: use anyone, or list with NESTS_OPERATORS")
	}
	return nil
}
