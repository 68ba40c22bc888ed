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

// jpegFile marks an answer, and picture a body, that are not JSON.
type (
	jpegFile []byte
	picture  []byte
)

// pictureTypes are what a picture may be sent as; what it really is, its bytes tell.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp", "image/gif"}

const (
	pictureTime    = time.Minute // how long a picture may take to arrive over a slow line
	picturesAtOnce = 16          // read into memory at a time
	pictureWait    = 10 * time.Second
)

// putPicture takes a picture. Its sender is known before the first byte of it is read: see route.late.
func (h *handler) putPicture(x *exchange) error {
	if err := h.pictureTurn(x.r.Context()); err != nil {
		return err
	}
	defer func() { <-h.uploads }()
	body, err := readBody(x.w, x.r, bodyLimit{nest.PictureBytesMax, pictureTime, "The picture is larger than 5 MB", "Send a smaller one."})
	if err != nil {
		return err
	}
	if err := nip.CheckPayload(x.proof, body); err != nil {
		return err
	}
	if kind, _, _ := strings.Cut(x.r.Header.Get("Content-Type"), ";"); !slices.Contains(pictureTypes, strings.ToLower(strings.TrimSpace(kind))) {
		return &nest.Error{Code: nest.CodeInvalidPicture, Message: "The Content-Type is none of a picture", Field: "picture",
			Hint: "Send one of " + strings.Join(pictureTypes, ", ") + ", the picture itself as the body."}
	}
	p, err := h.Pictures.PutPicture(x.r.Context(), x.actor, body)
	if err != nil {
		return err
	}
	x.log.InfoContext(x.r.Context(), "picture stored", "identity", prefix(x.actor))
	return x.json(http.StatusCreated, PictureBody{URL: h.Config.first() + nip.PicturePath + p.Name, Width: p.Width, Height: p.Height})
}

// pictureTurn waits a while for one of the places, each of which may hold a whole picture in memory.
func (h *handler) pictureTurn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pictureWait)
	defer cancel()
	select {
	case h.uploads <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &nest.Error{Code: nest.CodeTooManyRequests, Message: "The server is busy with other pictures", RetryAfter: pictureWait,
			Hint: "Wait as long as Retry-After says, and send it again."}
	}
}

// picture answers with what no other picture will ever be called. It was made by this server, and still is allowed nothing
// where it is opened as a page.
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
