// Package picture makes a picture that somebody sent anew, so that nothing of what was sent is ever served: no second
// format hidden in it, no place where it was taken, and never more pixels than a page shows. It knows no HTTP and no store.
//
// golang.org/x/image reads WebP, which the standard library does not, and its CatmullRom keeps faces and letters sharp at a
// tenth of their size, where the standard library scales not at all. It is pure Go, as everything in the binary.
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
	sentMax   = 65_535     // px a side of what is sent, as JPEG and GIF can say it: scaling takes memory by the side too
	pixelsMax = 40_000_000 // of what is sent; a file of a few kB can claim thousands of millions
	quality   = 82         // of the JPEG: above it, files grow faster than anybody sees
)

// Cleaner implements nest.PictureSanitizer. Decoding takes memory by the pixel and a whole CPU: all that are decoded at a time
// share the pixels of the largest one, and half of the CPUs, because the others forward the sound.
type Cleaner struct {
	pixels *semaphore.Weighted
	least  int64 // what even a small one takes, so that there are never more of them than CPUs for them
}

// New makes a Cleaner for this machine.
func New() *Cleaner {
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	return &Cleaner{pixels: semaphore.NewWeighted(pixelsMax), least: int64(pixelsMax / atOnce)}
}

// Sanitize is what data shows as a JPEG of at most 1200 px: turned the way it was held, on white where it was transparent, the
// first picture of a moving one. It fails with CodeInvalidPicture. It waits for its turn until ctx ends.
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
	kept := turned(shrunk(sent), orientation(data))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, kept, &jpeg.Options{Quality: quality}); err != nil {
		return nest.Picture{}, err
	}
	size := kept.Bounds().Size()
	return nest.Picture{Width: size.X, Height: size.Y, Data: out.Bytes()}, nil
}

// weigh counts the pixels that decoding takes memory for; false when they are none or too many. Those of 16 bits a colour count twice,
// and those of a progressive JPEG four times: all its coefficients are kept until its last scan.
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

// format is one kind of file that is read.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formatOf looks at how the file begins; what a header calls it decides nothing.
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
