package nip

import (
	"strings"

	"nests/internal/nest"
)

// PicturePath is the path of uploaded pictures under each public URL of a server. The name of the picture follows it.
const PicturePath = "/api/v1/pictures/"

// PictureName returns the name of the uploaded picture in an image URL, or "" when the URL is no such picture. It
// ignores the host, because the public URL of a server may change; equal names mean equal pictures.
func PictureName(image string) string {
	u, ok := parseURL(image, "http", "https")
	if !ok {
		return ""
	}
	name, ok := strings.CutPrefix(u.Path, PicturePath)
	if !ok || !nest.IsPictureName(name) {
		return ""
	}
	return name
}
