package nest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"time"
)

// Picture is what somebody uploaded for a nest, as this server made it anew. It never changes: its name is its content's.
type Picture struct {
	Name   string // hex SHA-256 of Data
	Owner  string // the key that brought it first, to whose quota it counts
	Width  int
	Height int
	Data   []byte // a JPEG
}

// PictureUse is what pictures take: of one key, or of all keys lately.
type PictureUse struct {
	Count int
	Bytes int64
}

// PictureSanitizer makes what somebody sent into a Picture without name and owner, or refuses it with CodeInvalidPicture.
type PictureSanitizer interface {
	Sanitize(ctx context.Context, data []byte) (Picture, error)
}

// Bounds of what is kept. Keys cost nothing, so all of them together have a bound too.
const (
	PictureBytesMax  = 5 << 20 // of what is sent
	picturesOfKey    = 50
	pictureBytesKey  = 20 << 20
	pictureBytesDay  = 1 << 30
	pictureUnusedFor = 24 * time.Hour // how long a picture stays that no nest shows
)

// IsPictureName says whether s has the form of a picture's name.
func IsPictureName(s string) bool { return pictureNamePattern.MatchString(s) }

var pictureNamePattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// PutPicture keeps a picture for whoever may create nests. The same one again is the same one, and stays as long as a new one.
func (s *Service) PutPicture(ctx context.Context, owner string, data []byte) (Picture, error) {
	if err := s.authorizeCreate(ctx, owner); err != nil {
		return Picture{}, err
	}
	p, err := s.Pictures.Sanitize(ctx, data)
	if err != nil {
		return Picture{}, err
	}
	sum := sha256.Sum256(p.Data)
	p.Name, p.Owner = hex.EncodeToString(sum[:]), owner
	now := s.now()
	kept := now + pictureUnusedFor.Milliseconds()
	err = s.Store.Write(ctx, func(tx Tx) error {
		if known, err := tx.KeepPicture(p.Name, kept); err != nil || known {
			return err
		}
		if err := roomForPicture(tx, p, now); err != nil {
			return err
		}
		return tx.AddPicture(p, now, kept)
	})
	return p, err
}

func roomForPicture(tx Tx, p Picture, now int64) error {
	size := int64(len(p.Data))
	mine, err := tx.PicturesOf(p.Owner)
	if err != nil {
		return err
	}
	if mine.Count >= picturesOfKey || mine.Bytes+size > pictureBytesKey {
		return &Error{Code: CodePictureQuota, Message: "This key has as many pictures here as it may have",
			Hint: "Those that no nest shows are gone after a day. Until then, give the https address of a picture that lies elsewhere."}
	}
	lately, err := tx.PicturesSince(now - 24*time.Hour.Milliseconds())
	if err == nil && lately.Bytes+size > pictureBytesDay {
		return &Error{Code: CodePictureQuota, Message: "This server takes no more pictures today",
			Hint: "Give the https address of a picture that lies elsewhere, or try again tomorrow."}
	}
	return err
}

// Picture finds one by its name.
func (s *Service) Picture(ctx context.Context, name string) (Picture, error) {
	if !IsPictureName(name) {
		return Picture{}, errNoPicture()
	}
	var p Picture
	err := s.Store.Read(ctx, func(tx Tx) (err error) { p, err = tx.Picture(name); return })
	if errors.Is(err, ErrNoRow) {
		err = errNoPicture()
	}
	return p, err
}

func errNoPicture() error {
	return &Error{Code: CodePictureNotFound, Message: "This picture is not here", Hint: "It was never uploaded here, or no nest shows it any more."}
}
