package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation returns the EXIF orientation of a JPEG, 1 to 8, or 1 when it is missing or invalid. Nothing else of EXIF
// is read (CIPA DC-008 §4.6.4), and invalid EXIF never refuses a picture.
func orientation(data []byte) int {
	for segment := range segments(data) {
		if tiff, is := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); is {
			return tiffOrientation(tiff)
		}
	}
	return 1
}

// segments iterates over the contents of the APP1 segments before the pixels of a JPEG (ITU-T T.81 §B.1.1).
func segments(data []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		const app1, startOfScan = 0xe1, 0xda
		rest, isJPEG := bytes.CutPrefix(data, []byte("\xff\xd8"))
		for isJPEG && len(rest) >= 4 && rest[0] == 0xff && rest[1] != startOfScan {
			size := int(binary.BigEndian.Uint16(rest[2:]))
			if size < 2 || 2+size > len(rest) || rest[1] == app1 && !yield(rest[4:2+size]) {
				return
			}
			rest = rest[2+size:]
		}
	}
}

func tiffOrientation(tiff []byte) int {
	const tag, entry = 0x0112, 12
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case !bytes.HasPrefix(tiff, []byte("MM\x00*")):
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	entries := tiff[at+2:]
	for i := 0; i < count && len(entries) >= entry; i++ {
		if order.Uint16(entries) == tag {
			if how := int(order.Uint16(entries[8:])); how >= 1 && how <= 8 {
				return how
			}
			return 1
		}
		entries = entries[entry:]
	}
	return 1
}

// rotate returns the picture upright. how is its EXIF orientation.
func rotate(from *image.RGBA, how int) *image.RGBA {
	if how == 1 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	size := image.Pt(w, h)
	if how >= 5 {
		size = image.Pt(h, w)
	}
	to := image.NewRGBA(image.Rectangle{Max: size})
	for y := range h {
		for x := range w {
			at := upright(how, x, y, w-1, h-1)
			to.SetRGBA(at.X, at.Y, from.RGBAAt(x, y))
		}
	}
	return to
}

// upright returns the position of a pixel in the upright picture. right and bottom are the last column and row of the
// stored one.
func upright(how, x, y, right, bottom int) image.Point {
	switch how {
	case 2:
		return image.Pt(right-x, y)
	case 3:
		return image.Pt(right-x, bottom-y)
	case 4:
		return image.Pt(x, bottom-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(bottom-y, x)
	case 7:
		return image.Pt(bottom-y, right-x)
	case 8:
		return image.Pt(y, right-x)
	}
	return image.Pt(x, y)
}
