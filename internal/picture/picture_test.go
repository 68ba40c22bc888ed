package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/jpeg"
	"runtime"
	"strings"
	"testing"

	"nests/internal/nest"
)

// clean sanitizes data and decodes the result.
func clean(t *testing.T, data []byte) (nest.Picture, image.Image) {
	t.Helper()
	p, err := New().Sanitize(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	if size := m.Bounds().Size(); size != image.Pt(p.Width, p.Height) {
		t.Errorf("the result is stated as %d×%d and is %v", p.Width, p.Height, size)
	}
	return p, m
}

// near reports whether a colour is c, within the accuracy of a JPEG.
func near(at color.Color, c color.RGBA) bool {
	r, g, b, _ := at.RGBA()
	off := func(is uint32, want uint8) bool { return max(int(is>>8)-int(want), int(want)-int(is>>8)) > 24 }
	return !off(r, c.R) && !off(g, c.G) && !off(b, c.B)
}

func TestKinds(t *testing.T) {
	t.Parallel()
	seen := plain(64, 48, red)
	half := image.NewNRGBA(image.Rect(0, 0, 64, 48)) // transparent
	pale := image.NewPaletted(image.Rect(0, 0, 64, 48), palette.Plan9)
	for i := range pale.Pix {
		pale.Pix[i] = uint8(pale.Palette.Index(blue))
	}
	off := image.NewPaletted(image.Rect(7, 5, 71, 53), pale.Palette) // a frame that does not start in the corner
	copy(off.Pix, pale.Pix)
	for name, c := range map[string]struct {
		data []byte
		want color.RGBA
	}{
		"jpeg":             {asJPEG(t, seen), red},
		"png":              {asPNG(t, seen), red},
		"png, see-through": {asPNG(t, half), white},
		"png, of a table":  {asPNG(t, pale), blue},
		"png, grey":        {asPNG(t, image.NewGray(image.Rect(0, 0, 64, 48))), color.RGBA{}},
		"png, 16 bits":     {asPNG(t, image.NewRGBA64(image.Rect(0, 0, 64, 48))), white},
		"gif":              {asGIF(t, pale), blue},
		"gif, set off":     {asGIF(t, off), blue},
		"webp":             {asWebP(64, 48, green), green},
	} {
		t.Run(name, func(t *testing.T) {
			p, m := clean(t, c.data)
			if p.Width != 64 || p.Height != 48 || !near(m.At(32, 24), c.want) {
				t.Errorf("%d×%d of %v, want 64×48 of %v", p.Width, p.Height, m.At(32, 24), c.want)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ w, h, toW, toH int }{
		"one pixel":   {1, 1, 1, 1},
		"as kept":     {1200, 900, 1200, 900},
		"a bit more":  {1201, 1201, 1200, 1200},
		"wide":        {3000, 1500, 1200, 600},
		"high":        {1500, 3000, 600, 1200},
		"a line":      {20_000, 1, 1200, 1},
		"a panorama":  {12_000, 1000, 1200, 100},
		"upright gif": {1, 5000, 1, 1200},
	} {
		t.Run(name, func(t *testing.T) {
			p, m := clean(t, asPNG(t, plain(c.w, c.h, green)))
			if p.Width != c.toW || p.Height != c.toH || !near(m.At(p.Width/2, p.Height/2), green) {
				t.Errorf("%d×%d became %d×%d of %v", c.w, c.h, p.Width, p.Height, m.At(p.Width/2, p.Height/2))
			}
		})
	}
}

// The EXIF orientation rotates the picture. EXIF and any other data hidden in the file are removed.
func TestOrientation(t *testing.T) {
	t.Parallel()
	quarters := plain(80, 40, white)
	for y := range 20 {
		for x := range 40 {
			quarters.SetRGBA(x, y, red)
			quarters.SetRGBA(40+x, y, green)
		}
	}
	stored := asJPEG(t, quarters)
	corners := map[string]image.Point{"tl": {}, "tr": {X: 1}, "bl": {Y: 1}, "br": {X: 1, Y: 1}}
	for how, c := range map[int]struct{ red, green string }{
		0: {"tl", "tr"}, 1: {"tl", "tr"}, 2: {"tr", "tl"}, 3: {"br", "bl"}, 4: {"bl", "br"},
		5: {"tl", "bl"}, 6: {"tr", "br"}, 7: {"br", "tr"}, 8: {"bl", "tl"}, 9: {"tl", "tr"},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			t.Run(fmt.Sprintf("%d %v", how, order), func(t *testing.T) {
				const secret = "GPS 48.2082 N 16.3738 E"
				sent := append(withEXIF(stored, order, how, secret), "<script>alert(1)</script>"...)
				p, m := clean(t, sent)
				if upright := how >= 5 && how <= 8; (p.Width < p.Height) != upright {
					t.Errorf("%d×%d", p.Width, p.Height)
				}
				at := func(corner string) color.Color {
					to := corners[corner]
					return m.At(p.Width/4+to.X*p.Width/2, p.Height/4+to.Y*p.Height/2)
				}
				if !near(at(c.red), red) || !near(at(c.green), green) {
					t.Errorf("red should be %s and is %v, green %s and is %v", c.red, at(c.red), c.green, at(c.green))
				}
				for _, word := range []string{secret, "Exif", "script"} {
					if bytes.Contains(p.Data, []byte(word)) {
						t.Errorf("the picture still holds %s", word)
					}
				}
			})
		}
	}
}

// This test measures memory, so it is not parallel.
func TestInvalidPictures(t *testing.T) {
	whole := map[string][]byte{"jpeg": asJPEG(t, plain(640, 480, red)), "png": asPNG(t, plain(640, 480, red)),
		"gif": asGIF(t, plain(64, 48, red)), "webp": asWebP(64, 48, red)}
	small := []byte{0x10, 0, 0, 0, 9, 0, 0, 9, 0, 0} // VP8X with alpha: 10×10
	bad := map[string][]byte{
		"nothing": nil,
		"text":    []byte("no picture at all"),
		"svg":     []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"html": []byte(
			"<!doctype html><script>1</script>",
		),
		"pdf":                          []byte("%PDF-1.7"),
		"riff that is sound":           append([]byte("RIFF\x00\x00\x00\x00WAVE"), 1),
		"a bomb":                       pngOf(50_000, 50_000, 8),
		"one pixel too many":           pngOf(8_000, 5_001, 8),
		"too many bits":                pngOf(6_000, 6_000, 16),
		"too wide":                     pngOf(65_536, 1, 8),
		"no width":                     pngOf(0, 10, 8),
		"the largest a PNG can be":     pngOf(1<<31-1, 1<<31-1, 8),
		"small outside, a bomb inside": riff("VP8X", small, "VP8L", asWebP(16_384, 16_384, red)[20:]),
		"a webp bomb":                  asWebP(16_384, 16_384, red),
		"a claim without pixels":       pngOf(100, 100, 8),
		"a progressive bomb":           progressiveOf(t, 4000, 3000, nil),
		"a progressive bomb, hidden":   progressiveOf(t, 4000, 3000, []byte{1, 0xff, 0, 0xff, 0xd0, 0xff}),
	}
	for kind, data := range whole {
		bad[kind+", cut"] = data[:len(data)*2/3]
		bad[kind+", its beginning only"] = data[:12]
		bad[kind+", begun as another"] = append([]byte("\x89PNG\r\n\x1a\n"), data[8:]...)
	}
	delete(bad, "png, begun as another")
	cleaner := New()
	for name, data := range bad {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := cleaner.Sanitize(t.Context(), data)
		runtime.ReadMemStats(&after)
		refusal, is := errors.AsType[*nest.Error](err)
		if !is || refusal.Code != nest.CodeInvalidPicture || refusal.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 && strings.Contains(name, "bomb") {
			t.Errorf("%s took %d MB", name, took>>20)
		}
	}
}

// An upload without free capacity waits until its context ends. Capacity is always released.
func TestCapacityIsShared(t *testing.T) {
	t.Parallel()
	cleaner, data := New(), asPNG(t, plain(8, 8, red))
	if err := cleaner.pixels.Acquire(t.Context(), pixelsMax); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := cleaner.Sanitize(ctx, data); !errors.Is(err, context.Canceled) {
		t.Errorf("without free capacity: %v", err)
	}
	cleaner.pixels.Release(pixelsMax)
	for _, sent := range [][]byte{data, pngOf(100, 100, 8), data} {
		_, _ = cleaner.Sanitize(t.Context(), sent)
	}
	if !cleaner.pixels.TryAcquire(pixelsMax) {
		t.Error("capacity was not released")
	}
}

func FuzzClean(f *testing.F) {
	seen := plain(16, 8, red)
	for _, data := range [][]byte{asJPEG(f, seen), asPNG(f, seen), asGIF(f, seen), asWebP(16, 8, red),
		withEXIF(asJPEG(f, seen), binary.BigEndian, 6, ""), pngOf(50_000, 50_000, 8)} {
		f.Add(data)
	}
	cleaner := New()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := cleaner.Sanitize(t.Context(), data)
		if err != nil {
			if nest.CodeOf(err) != nest.CodeInvalidPicture {
				t.Error(err)
			}
			return
		}
		if max(p.Width, p.Height) > sideMax || len(p.Data) == 0 {
			t.Errorf("%d×%d, %d bytes", p.Width, p.Height, len(p.Data))
		}
	})
}

// BenchmarkClean sanitizes a photo of 12 megapixels.
func BenchmarkClean(b *testing.B) {
	m := plain(4000, 3000, green)
	for i := range m.Pix {
		m.Pix[i] = byte(i*i>>7) | 3
	}
	data, cleaner := asJPEG(b, m), New()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cleaner.Sanitize(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
