package nip

import (
	"strings"

	"nests/internal/nest"
)

// PicturePath is where uploaded pictures are, under any public URL of a server; a picture's name follows.
const PicturePath = "/api/v1/pictures/"

// PictureName is the name of the uploaded picture that an image URL means, "" when it means something else. It does not ask
// whose server that is: the public URL of one may have changed since, and names are alike only for the same picture.
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
