package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// sideMax is the longer side of a stored picture, in pixels.
const sideMax = 1200

// shrink returns the picture on white, with at most sideMax pixels per side.
func shrink(from image.Image) *image.RGBA {
	size := from.Bounds().Size()
	if longer := max(size.X, size.Y); longer > sideMax {
		size = image.Pt(max(1, size.X*sideMax/longer), max(1, size.Y*sideMax/longer))
		if by := (longer + 2*sideMax - 1) / (2 * sideMax); by > 1 {
			from = averageBlocks(from, by)
		}
	}
	to := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(to, to.Rect, from, from.Bounds(), draw.Over, nil)
	return to
}

// averageBlocks turns by × by pixels into one. CatmullRom takes time and memory per source pixel; from twice the final
// size it looks the same as from ten times.
func averageBlocks(from image.Image, by int) *image.RGBA {
	bounds := from.Bounds()
	byX, byY := min(by, bounds.Dx()), min(by, bounds.Dy())
	to := image.NewRGBA(image.Rect(0, 0, bounds.Dx()/byX, bounds.Dy()/byY))
	rows := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), byY))
	for y := range to.Rect.Dy() {
		draw.Draw(rows, rows.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(rows, rows.Rect, from, bounds.Min.Add(image.Pt(0, y*byY)), draw.Over)
		averageRow(to.Pix[y*to.Stride:][:4*to.Rect.Dx()], rows, byX, byY)
	}
	return to
}

// averageRow writes one row of pixels from the source rows it covers.
func averageRow(to []byte, rows *image.RGBA, byX, byY int) {
	of := byX * byY
	for x := 0; x < len(to)/4; x++ {
		var r, g, b int
		for y := range byY {
			pixels := rows.Pix[y*rows.Stride+4*x*byX:][:4*byX]
			for i := 0; i < len(pixels); i += 4 {
				r += int(pixels[i])
				g += int(pixels[i+1])
				b += int(pixels[i+2])
			}
		}
		copy(to[4*x:4*x+4], []byte{byte(r / of), byte(g / of), byte(b / of), 255})
	}
}
