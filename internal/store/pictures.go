package store

import (
	"context"
	"time"

	"nests/internal/nest"
)

// AddPicture stores a new picture. Adding an existing name is an error of the caller.
func (t *tx) AddPicture(p nest.Picture, now, keptUntil int64) error {
	if _, err := t.exec(`INSERT INTO pictures (name, owner, width, height, size, added_at, kept_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.Name, p.Owner, p.Width, p.Height, len(p.Data), now, keptUntil); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO picture_data (name, data) VALUES ($1, $2)`, p.Name, p.Data)
	return err
}

// KeepPicture keeps a picture until that time (unix ms) at least, and reports whether it exists.
func (t *tx) KeepPicture(name string, until int64) (bool, error) {
	changed, err := t.exec(`UPDATE pictures SET kept_until = CASE WHEN kept_until > $2 THEN kept_until ELSE $2 END
		WHERE name = $1`, name, until)
	return changed > 0, err
}

func (t *tx) Picture(name string) (nest.Picture, error) {
	p := nest.Picture{Name: name}
	err := t.one([]any{&p.Owner, &p.Width, &p.Height, &p.Data},
		`SELECT owner, width, height, data FROM pictures JOIN picture_data ON picture_data.name = pictures.name
			WHERE pictures.name = $1`, name)
	return p, err
}

func (t *tx) PicturesOf(owner string) (nest.PictureUse, error) {
	return t.pictureUse(`SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM pictures WHERE owner = $1`, owner)
}

func (t *tx) PicturesSince(at int64) (nest.PictureUse, error) {
	return t.pictureUse(`SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM pictures
		WHERE added_at >= $1`, at)
}

func (t *tx) pictureUse(query string, arg any) (use nest.PictureUse, err error) {
	err = t.one([]any{&use.Count, &use.Bytes}, query, arg)
	return use, err
}

const (
	picturesAtOnce = 50 // per sweep, so that the sweep never blocks a writer for long
	shownKept      = 24 * time.Hour
)

// PurgePictures handles the pictures that expired before now (unix ms): a picture that a nest shows is kept for another
// day, the rest are deleted. So a picture outlives the last nest that shows it by a day at most.
func (db *DB) PurgePictures(ctx context.Context, now int64) error {
	const (
		due   = ` name IN (SELECT name FROM pictures WHERE kept_until < $1 ORDER BY kept_until LIMIT $2)`
		shown = ` EXISTS (SELECT 1 FROM nests WHERE nests.picture = pictures.name AND nests.picture <> '')`
	)
	return db.writePlain(ctx, func(t *tx) error {
		// kept_until is checked again outside the subquery: a picture uploaded again meanwhile is kept.
		_, err := t.exec(`DELETE FROM pictures WHERE`+due+` AND kept_until < $1 AND NOT`+shown, now, picturesAtOnce)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE pictures SET kept_until = $3 WHERE`+due+` AND kept_until < $1 AND`+shown,
			now, picturesAtOnce, now+shownKept.Milliseconds())
		return err
	})
}
