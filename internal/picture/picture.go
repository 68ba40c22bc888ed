// Package picture re-encodes uploaded pictures, so that no uploaded byte is ever served: no second format hidden in the
// file, no location in its metadata, and no more pixels than a page shows. It knows neither HTTP nor the store.
//
// golang.org/x/image is there because the standard library neither reads WebP nor scales pictures. It is pure Go, like
// everything in the binary.
package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"

	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"

	"nests/internal/nest"
)

const (
	// px per side of an upload, the most that JPEG and GIF can state; scaling needs memory per side, too
	sentMax   = 65_535
	pixelsMax = 40_000_000 // pixels of an upload; a file of a few kB can claim billions
	quality   = 82         // of the JPEG; higher values grow files more than they improve pictures
)

// Cleaner implements nest.PictureSanitizer.
//
// Concurrency: decoding takes memory per pixel and one CPU. All pictures decoded at a time share the memory of one
// picture of the largest size, and half of the CPUs; the other half forwards audio. A semaphore enforces both.
type Cleaner struct {
	pixels *semaphore.Weighted
	least  int64 // weight of the smallest picture, which bounds the number of pictures at a time to the CPUs
}

// New returns a Cleaner for the CPUs of this machine.
func New() *Cleaner {
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	return &Cleaner{pixels: semaphore.NewWeighted(pixelsMax), least: int64(pixelsMax / atOnce)}
}

// Sanitize re-encodes data as a JPEG of at most 1200 px per side: upright, on white where it was transparent, and only
// the first frame of an animation. It fails with CodeInvalidPicture. It waits for free capacity until ctx ends.
func (c *Cleaner) Sanitize(ctx context.Context, data []byte) (nest.Picture, error) {
	format := formatOf(data)
	if format == nil {
		return nest.Picture{}, refuse("This is not a picture that the server can read", nil)
	}
	header, err := format.config(bytes.NewReader(data))
	if err != nil {
		return nest.Picture{}, refuse("The picture is damaged", err)
	}
	weight, fits := weigh(header, isProgressive(data))
	if !fits {
		return nest.Picture{}, refuse("The picture has no pixels, or too many", nil)
	}
	weight = max(weight, c.least)
	if err := c.pixels.Acquire(ctx, weight); err != nil {
		return nest.Picture{}, err
	}
	defer c.pixels.Release(weight)
	sent, err := format.decode(bytes.NewReader(data))
	if err != nil {
		return nest.Picture{}, refuse("The picture is damaged", err)
	}
	kept := rotate(shrink(sent), orientation(data))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, kept, &jpeg.Options{Quality: quality}); err != nil {
		return nest.Picture{}, err
	}
	size := kept.Bounds().Size()
	return nest.Picture{Width: size.X, Height: size.Y, Data: out.Bytes()}, nil
}

// weigh returns how many pixels decoding needs memory for, and false when there are none or too many. Pixels with 16
// bits per colour count twice. Those of a progressive JPEG count four times: the decoder keeps all coefficients until
// the last scan.
func weigh(header image.Config, progressive bool) (int64, bool) {
	pixels := int64(header.Width) * int64(header.Height)
	if min(header.Width, header.Height) <= 0 || max(header.Width, header.Height) > sentMax {
		return 0, false
	}
	switch header.ColorModel {
	case color.NRGBA64Model, color.RGBA64Model:
		pixels *= 2
	}
	if progressive {
		pixels *= 4
	}
	return pixels, pixels <= pixelsMax
}

// format is a supported file format.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf detects the format by the first bytes of the file. A Content-Type is not trusted.
func formatOf(data []byte) *format {
	begins := func(with string) bool { return bytes.HasPrefix(data, []byte(with)) }
	switch {
	case begins("\xff\xd8\xff"):
		return &format{jpeg.DecodeConfig, jpeg.Decode}
	case begins("\x89PNG\r\n\x1a\n"):
		return &format{png.DecodeConfig, png.Decode}
	case begins("GIF87a"), begins("GIF89a"):
		return &format{gif.DecodeConfig, gif.Decode}
	case begins("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return &format{webp.DecodeConfig, webp.Decode}
	}
	return nil
}

func refuse(message string, err error) error {
	return &nest.Error{Code: nest.CodeInvalidPicture, Message: message, Field: "picture", Err: err,
		Hint: "Send a JPEG, PNG, WebP or GIF of at most 40 megapixels; a progressive JPEG may have 10."}
}
