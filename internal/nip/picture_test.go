package nip_test

import (
	"strings"
	"testing"

	"nests/internal/nip"
)

func TestPictureName(t *testing.T) {
	name := strings.Repeat("a1", 32)
	for image, want := range map[string]string{
		"https://nests.example/api/v1/pictures/" + name:            name,
		"http://localhost:5544/api/v1/pictures/" + name:            name,
		"https://earlier.example/api/v1/pictures/" + name + "?x#y": name,
		"https://nests.example/api/v1/pictures/" + name + "/":      "",
		"https://nests.example/api/v1/pictures/" + name[1:]:        "",
		"https://nests.example/x/api/v1/pictures/" + name:          "",
		"https://nests.example/" + name:                            "",
		"/api/v1/pictures/" + name:                                 "",
		"javascript:/api/v1/pictures/" + name:                      "",
		"":                                                         "",
	} {
		if got := nip.PictureName(image); got != want {
			t.Errorf("%q: %q, want %q", image, got, want)
		}
	}
}
