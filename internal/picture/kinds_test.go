package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

var (
	red   = color.RGBA{220, 20, 20, 255}
	green = color.RGBA{20, 200, 20, 255}
	blue  = color.RGBA{20, 20, 220, 255}
	white = color.RGBA{255, 255, 255, 255}
)

// plain returns a picture of one colour.
func plain(w, h int, c color.RGBA) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{c.R, c.G, c.B, c.A})
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asGIF(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := gif.Encode(&out, m, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asWebP returns a lossless WebP of one colour: five codes with one symbol each, so that pixels take no bits (RFC 9649
// §3).
func asWebP(w, h int, c color.RGBA) []byte {
	var bits []byte
	at := 0
	write := func(value, n int) {
		for i := range n {
			if at%8 == 0 {
				bits = append(bits, 0)
			}
			bits[at/8] |= byte(value>>i&1) << (at % 8)
			at++
		}
	}
	write(w-1, 14)
	write(h-1, 14)
	write(0, 1+3)   // no alpha, version 0
	write(0, 1+1+1) // no transform, no colour cache, one set of codes
	for _, symbol := range []byte{c.G, c.R, c.B, 255} {
		write(0b101, 3) // a simple code, of one symbol, of eight bits
		write(int(symbol), 8)
	}
	write(0b0001, 4) // distances: a simple code of one symbol of one bit, 0
	return riff("VP8L", append([]byte{0x2f}, bits...))
}

func riff(chunks ...any) []byte {
	body := []byte("WEBP")
	for i := 0; i < len(chunks); i += 2 {
		data := chunks[i+1].([]byte)
		body = append(body, chunks[i].(string)...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(data)))
		body = append(body, data...)
		body = append(body, make([]byte, len(data)%2)...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// pngOf returns the header of a PNG with that size and no pixels.
func pngOf(w, h int, depth byte) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), uint32(w))
	header = append(binary.BigEndian.AppendUint32(header, uint32(h)), depth, 6, 0, 0, 0) // 6: colour with alpha
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

// withEXIF adds an EXIF segment with an orientation and a location to a JPEG.
func withEXIF(picture []byte, order binary.AppendByteOrder, how int, place string) []byte {
	tiff := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II*\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][2]int{{0x010f, 1}, {0x0112, how}} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, uint16(entry[0])), 3)
		tiff = append(order.AppendUint16(order.AppendUint32(tiff, 1), uint16(entry[1])), 0, 0)
	}
	segment := append([]byte("Exif\x00\x00"), append(tiff, place...)...)
	out := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe1"), uint16(2+len(segment)))
	return append(append(out, segment...), picture[2:]...)
}

// progressiveOf returns a progressive JPEG of that size up to its first scan, with stray bytes before its frame header.
func progressiveOf(t testing.TB, w, h uint16, stray []byte) []byte {
	data := asJPEG(t, plain(64, 48, red))
	frame := bytes.Index(data, []byte{0xff, baseline})
	data[frame+1] = progressive
	binary.BigEndian.PutUint16(data[frame+5:], h)
	binary.BigEndian.PutUint16(data[frame+7:], w)
	start := bytes.Index(data, []byte{0xff, scan})
	end := start + 2 + int(binary.BigEndian.Uint16(data[start+2:]))
	copy(data[end-3:], []byte{0, 0, 0}) // the first coefficient of each block
	return slices.Concat(data[:frame], stray, data[frame:])
}
