package store_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/store"
)

func picture(n int, owner string, size int) nest.Picture {
	return nest.Picture{
		Name:   hex(n),
		Owner:  owner,
		Width:  3,
		Height: 2,
		Data:   append(bytes.Repeat([]byte{0, 0xff, '\''}, size/3), make([]byte, size%3)...),
	}
}

func TestPictures(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		mine, other := picture(1, hex(101), 300_001), picture(2, hex(102), 10)
		write(t, db, func(tx nest.Tx) error {
			if there, err := tx.KeepPicture(mine.Name, 50); err != nil || there {
				t.Errorf("an unknown picture was kept: %v %v", there, err)
			}
			return errors.Join(tx.AddPicture(mine, 10, 20), tx.AddPicture(other, 11, 20))
		})
		if err := db.Write(t.Context(), func(tx nest.Tx) error { return tx.AddPicture(mine, 10, 20) }); err == nil {
			t.Error("one picture was added twice")
		}
		read(t, db, func(tx nest.Tx) error {
			if got, err := tx.Picture(mine.Name); err != nil || !reflect.DeepEqual(got, mine) {
				t.Errorf("read back %d bytes of %s, %d×%d: %v", len(got.Data), got.Owner, got.Width, got.Height, err)
			}
			if _, err := tx.Picture(hex(3)); !errors.Is(err, nest.ErrNoRow) {
				t.Errorf("an unknown picture: %v", err)
			}
			return nil
		})
		read(t, db, func(tx nest.Tx) error {
			for _, c := range []struct {
				what string
				use  func() (nest.PictureUse, error)
				want nest.PictureUse
			}{
				{
					what: "of one key",
					use:  func() (nest.PictureUse, error) { return tx.PicturesOf(mine.Owner) },
					want: nest.PictureUse{Count: 1, Bytes: 300_001},
				},
				{"of a stranger", func() (nest.PictureUse, error) { return tx.PicturesOf(hex(9)) }, nest.PictureUse{}},
				{
					what: "of all",
					use:  func() (nest.PictureUse, error) { return tx.PicturesSince(10) },
					want: nest.PictureUse{Count: 2, Bytes: 300_011},
				},
				{
					what: "of late",
					use:  func() (nest.PictureUse, error) { return tx.PicturesSince(11) },
					want: nest.PictureUse{Count: 1, Bytes: 10},
				},
			} {
				if got, err := c.use(); err != nil || got != c.want {
					t.Errorf("%s: %+v %v, want %+v", c.what, got, err, c.want)
				}
			}
			return nil
		})
	})
}

// A picture stays while a nest shows it, by any address of this server, and for a day more. Others are deleted once
// they expire.
func TestUnusedPicturesArePurged(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		day := (24 * time.Hour).Milliseconds()
		for n := 1; n <= 4; n++ {
			write(t, db, func(tx nest.Tx) error { return tx.AddPicture(picture(n, hex(100), 9), 0, 100) })
		}
		there := func() (all []int) {
			read(t, db, func(tx nest.Tx) error {
				for n := 1; n <= 4; n++ {
					if _, err := tx.Picture(hex(n)); err == nil {
						all = append(all, n)
					}
				}
				return nil
			})
			return all
		}
		expect := func(what string, now int64, want ...int) {
			t.Helper()
			if err := db.Purge(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			if got := there(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v are left, not %v", what, got, want)
			}
		}
		shown := putNest(t, db, nest.Nest{ID: id(1), Image: "https://nests.example/api/v1/pictures/" + hex(1)})
		putNest(
			t,
			db,
			nest.Nest{ID: id(2), Status: nest.Ended, Image: "http://localhost:5544/api/v1/pictures/" + hex(2)},
		)
		putNest(t, db, nest.Nest{ID: id(3), Image: "https://else.example/" + hex(3)})
		expect("before their time", 100, 1, 2, 3, 4)
		write(t, db, func(tx nest.Tx) error { // uploaded again
			_, err := tx.KeepPicture(hex(4), 150)
			return errors.Join(err, second(tx.KeepPicture(hex(4), 120)))
		})
		expect("those that nobody shows", 150, 1, 2, 4)
		expect("the one that came again", 151, 1, 2)

		shown.Image = "https://else.example/x.png"
		putNest(t, db, shown)
		expect("a day is not over", 150+day, 1, 2)
		expect("a day after it was last seen shown", 152+day, 2)
	})
}

func second(_ bool, err error) error { return err }

// One purge handles a bounded number of pictures, and used pictures never hold up unused ones.
func TestPictureSweepIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		const all = 130
		write(t, db, func(tx nest.Tx) error {
			for n := range all {
				if err := tx.AddPicture(picture(n, hex(100), 3), 0, int64(n)); err != nil {
					return err
				}
				if n%2 == 0 {
					n := nest.Nest{
						ID:     id(n),
						Host:   hex(1),
						Status: nest.Live,
						Access: nest.Open,
						Image:  "https://a.example/api/v1/pictures/" + hex(n),
					}
					if err := tx.PutNest(n); err != nil {
						return err
					}
				}
			}
			return nil
		})
		left := func() (use nest.PictureUse) {
			read(t, db, func(tx nest.Tx) (err error) { use, err = tx.PicturesOf(hex(100)); return })
			return use
		}
		if err := db.PurgePictures(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		if got := left().Count; got != all-25 {
			t.Errorf("after one sweep: %d, want %d", got, all-25)
		}
		for range 4 {
			if err := db.PurgePictures(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
		if got := left().Count; got != all/2 {
			t.Errorf("after all: %d, want %d", got, all/2)
		}
	})
}
