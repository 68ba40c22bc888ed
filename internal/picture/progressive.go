package picture

import "encoding/binary"

// Markers of a JPEG (ITU-T T.81 §B.1.1.3).
const (
	baseline    = 0xc0
	extended    = 0xc1
	progressive = 0xc2
	restart0    = 0xd0
	restart7    = 0xd7
	scan        = 0xda
)

// isProgressive reports whether data is a progressive JPEG. Like image/jpeg, it skips bytes between markers. So it sees
// the same frame header as the decoder, even after a stray byte.
func isProgressive(data []byte) bool {
	if len(data) < 2 || data[0] != 0xff || data[1] != 0xd8 {
		return false
	}
	for i := 2; i+3 < len(data); {
		marker := data[i+1]
		switch {
		case data[i] != 0xff, marker == 0xff:
			i++
		case marker == 0, marker >= restart0 && marker <= restart7:
			i += 2
		case marker == progressive:
			return true
		case marker == baseline, marker == extended, marker == scan:
			return false
		default:
			i += 2 + int(binary.BigEndian.Uint16(data[i+2:]))
		}
	}
	return false
}
