package e2e

import (
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"nests/internal/media"
	"nests/internal/nest"
)

// livekit returns a client of the server's LiveKit, with the API key from the data folder.
func (s *server) livekit() *media.Client {
	s.t.Helper()
	if s.own != nil {
		return s.own.Client()
	}
	var keys map[string]string
	text, err := os.ReadFile(filepath.Join(s.dir, "keys.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &keys)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return &media.Client{URL: s.base(), Key: keys["livekit_api_key"], Secret: keys["livekit_api_secret"]}
}

func (s *server) rooms() []nest.RoomState {
	s.t.Helper()
	rooms, err := s.livekit().Rooms(within(s.t, 5*time.Second))
	if err != nil {
		s.t.Fatal(err)
	}
	return rooms
}
