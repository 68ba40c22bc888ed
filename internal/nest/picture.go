package nest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"time"
)

// Picture is an uploaded picture of a nest, encoded again by this server. Its name is the hash of its content, so it
// never changes.
type Picture struct {
	Name   string // hex SHA-256 of Data
	Owner  string // the key that uploaded it first; it counts towards that key's quota
	Width  int
	Height int
	Data   []byte // a JPEG
}

// PictureUse counts the pictures of one key, or of all keys within a time.
type PictureUse struct {
	Count int
	Bytes int64
}

// PictureSanitizer decodes an uploaded picture and encodes it again, without name and owner. It refuses other data with
// CodeInvalidPicture.
type PictureSanitizer interface {
	Sanitize(ctx context.Context, data []byte) (Picture, error)
}

// Bounds of stored pictures. Keys cost nothing, so there is a bound for all keys together too.
const (
	PictureBytesMax  = 5 << 20 // of one upload
	picturesOfKey    = 50
	pictureBytesKey  = 20 << 20
	pictureBytesDay  = 1 << 30
	pictureUnusedFor = 24 * time.Hour // how long a picture is kept that no nest shows
)

// IsPictureName reports whether s has the form of a picture's name.
func IsPictureName(s string) bool { return pictureNamePattern.MatchString(s) }

var pictureNamePattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// PutPicture stores a picture for a key that may create nests. A picture that is stored already is kept as long as a
// new one.
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
	keptUntil := now + pictureUnusedFor.Milliseconds()
	err = s.Store.Write(ctx, func(tx Tx) error {
		if isStored, err := tx.KeepPicture(p.Name, keptUntil); err != nil || isStored {
			return err
		}
		if err := checkPictureLimits(tx, p, now); err != nil {
			return err
		}
		return tx.AddPicture(p, now, keptUntil)
	})
	return p, err
}

// checkPictureLimits refuses a picture when its owner or the server has reached a limit.
func checkPictureLimits(tx Tx, p Picture, now int64) error {
	size := int64(len(p.Data))
	own, err := tx.PicturesOf(p.Owner)
	if err != nil {
		return err
	}
	if own.Count >= picturesOfKey || own.Bytes+size > pictureBytesKey {
		return &Error{
			Code:    CodePictureQuota,
			Message: "This key has reached its limit of pictures",
			Hint: "Unused pictures are deleted after a day. " +
				"Until then, use the https address of a picture hosted elsewhere.",
		}
	}
	today, err := tx.PicturesSince(now - 24*time.Hour.Milliseconds())
	if err == nil && today.Bytes+size > pictureBytesDay {
		return &Error{
			Code:    CodePictureQuota,
			Message: "This server has reached its limit of pictures for today",
			Hint:    "Use the https address of a picture hosted elsewhere, or try again tomorrow.",
		}
	}
	return err
}

// Picture returns a picture by its name.
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
	return &Error{
		Code:    CodePictureNotFound,
		Message: "This picture does not exist",
		Hint:    "It was never uploaded to this server, or it was deleted because no nest shows it.",
	}
}
