package api

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// jpegFile marks an answer, and picture a request body, that is a file and not JSON.
type (
	jpegFile []byte
	picture  []byte
)

// pictureTypes are the accepted values of Content-Type. The server reads the real format from the bytes.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp", "image/gif"}

const (
	pictureTime    = time.Minute // for an upload over a slow line
	picturesAtOnce = 16          // in memory
	pictureWait    = 10 * time.Second
)

var pictureBody = bodyLimit{
	bytes:   nest.PictureBytesMax,
	time:    pictureTime,
	message: "The picture is larger than 5 MB",
	hint:    "Send a smaller one.",
}

// putPicture stores an uploaded picture. The client is authenticated before the first byte is read: see
// route.readsBody.
func (h *handler) putPicture(x *exchange) error {
	if err := h.acquireUpload(x.r.Context()); err != nil {
		return err
	}
	defer func() { <-h.uploads }()
	body, err := readBody(x.w, x.r, pictureBody)
	if err != nil {
		return err
	}
	if err := nip.CheckPayload(x.proof, body); err != nil {
		return err
	}
	if !isPictureType(x.r.Header.Get("Content-Type")) {
		return &nest.Error{
			Code:    nest.CodeInvalidPicture,
			Field:   "picture",
			Message: "The Content-Type is not one of a picture",
			Hint:    "Send the picture itself as the body, as " + strings.Join(pictureTypes, ", ") + ".",
		}
	}
	p, err := h.Pictures.PutPicture(x.r.Context(), x.actor, body)
	if err != nil {
		return err
	}
	x.log.InfoContext(x.r.Context(), "picture stored", "identity", nest.ShortIdentity(x.actor))
	url := h.Config.firstOrigin() + nip.PicturePath + p.Name
	return x.json(http.StatusCreated, PictureBody{URL: url, Width: p.Width, Height: p.Height})
}

func isPictureType(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return slices.Contains(pictureTypes, strings.ToLower(strings.TrimSpace(mediaType)))
}

// acquireUpload waits for one of the upload slots, which bound how many pictures are in memory. The caller releases it
// by receiving from h.uploads.
func (h *handler) acquireUpload(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pictureWait)
	defer cancel()
	select {
	case h.uploads <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &nest.Error{
			Code:       nest.CodeTooManyRequests,
			Message:    "The server is busy with other pictures",
			Hint:       "Wait for the time in Retry-After, then send the picture again.",
			RetryAfter: pictureWait,
		}
	}
}

// picture serves a picture. Its name is a hash of its content, so clients may cache it forever. The server encoded the
// file itself; the policy is a second barrier should a browser open it as a page.
func (s *Server) picture(x *exchange) error {
	p, err := s.Pictures.Picture(x.r.Context(), x.r.PathValue("name"))
	if err != nil {
		return err
	}
	header := x.w.Header()
	header.Set("Content-Type", "image/jpeg")
	header.Set("Content-Disposition", "inline")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", `"`+p.Name+`"`)
	http.ServeContent(x.w, x.r, "", time.Time{}, bytes.NewReader(p.Data))
	return nil
}
