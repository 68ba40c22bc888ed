package nest_test

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"nests/internal/nest"
)

// asSent is a PictureSanitizer that returns the data unchanged.
type asSent struct{}

func (asSent) Sanitize(_ context.Context, data []byte) (nest.Picture, error) {
	return nest.Picture{Width: 1, Height: 1, Data: data}, nil
}

func pictures(t *testing.T) (*world, func(owner string, data []byte) (nest.Picture, nest.Code)) {
	w := newWorld(t)
	w.Pictures = asSent{}
	return w, func(owner string, data []byte) (nest.Picture, nest.Code) {
		p, err := w.PutPicture(t.Context(), owner, data)
		return p, nest.CodeOf(err)
	}
}

func TestPictureIsNamedByItsContent(t *testing.T) {
	w, put := pictures(t)
	first, code := put(w.host.pubkey, []byte("a picture"))
	again, _ := put(newKey(t).pubkey, []byte("a picture"))
	other, _ := put(w.host.pubkey, []byte("another"))
	if code != "" || first.Name != again.Name || first.Name == other.Name || !nest.IsPictureName(first.Name) {
		t.Errorf("%q: %s, again %s, another %s", code, first.Name, again.Name, other.Name)
	}
	got, err := w.Picture(t.Context(), first.Name)
	if err != nil || string(got.Data) != "a picture" || got.Owner != w.host.pubkey {
		t.Errorf("read back %q of %s: %v", got.Data, got.Owner, err)
	}
	for _, name := range []string{"", "x", "../" + first.Name, first.Name[:63] + "g", first.Name[:63] + "0"} {
		if _, err := w.Picture(t.Context(), name); nest.CodeOf(err) != nest.CodePictureNotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPicturesOfAKeyAreLimited(t *testing.T) {
	w, put := pictures(t)
	key := newKey(t).pubkey
	for i := range 50 {
		if _, code := put(key, []byte("picture "+strconv.Itoa(i))); code != "" {
			t.Fatalf("picture %d: %s", i, code)
		}
	}
	if _, code := put(key, []byte("one more")); code != nest.CodePictureQuota {
		t.Errorf("the 51st: %q", code)
	}
	if _, code := put(key, []byte("picture 7")); code != "" {
		t.Errorf("one that is stored already: %s", code)
	}
	if _, code := put(w.host.pubkey, []byte("one more")); code != "" {
		t.Errorf("another key's: %s", code)
	}
	large := newKey(t).pubkey
	for i := range 4 {
		if _, code := put(large, bytes.Repeat([]byte{byte(i)}, 5<<20)); code != "" {
			t.Fatalf("20 MB, part %d: %s", i, code)
		}
	}
	if _, code := put(large, []byte("a byte too much")); code != nest.CodePictureQuota {
		t.Errorf("over 20 MB: %q", code)
	}
}

func TestPicturesNeedTheRightToCreate(t *testing.T) {
	w, put := pictures(t)
	w.CreateRule, w.Operators = nest.CreateList, []string{w.host.pubkey}
	if _, code := put(newKey(t).pubkey, []byte("x")); code != nest.CodeCreateRefused {
		t.Errorf("a nonMember's: %q", code)
	}
	if _, code := put(w.host.pubkey, []byte("x")); code != "" {
		t.Errorf("the host's: %q", code)
	}
}

// All keys share one limit per day, because keys cost nothing. Filling a database would take long, so a fake
// transaction reports the use.
func TestPicturesOfADayAreLimited(t *testing.T) {
	w, put := pictures(t)
	w.Store = full{w.Store, w.clock.UnixMilli(), 1<<30 - 3}
	if _, code := put(newKey(t).pubkey, []byte("abc")); code != "" {
		t.Errorf("the last that fits: %s", code)
	}
	if _, code := put(newKey(t).pubkey, []byte("abcd")); code != nest.CodePictureQuota {
		t.Errorf("one more: %q", code)
	}
	w.advance(24*time.Hour + time.Millisecond)
	if _, code := put(newKey(t).pubkey, []byte("abcd")); code != "" {
		t.Errorf("a day later: %s", code)
	}
}

// full is a store that reports this many bytes of pictures, all added at one time.
type full struct {
	nest.Store
	at, bytes int64
}

func (f full) Write(ctx context.Context, fn func(nest.Tx) error) error {
	return f.Store.Write(ctx, func(tx nest.Tx) error { return fn(fullTx{tx, f}) })
}

type fullTx struct {
	nest.Tx
	full full
}

func (f fullTx) PicturesSince(at int64) (nest.PictureUse, error) {
	if at > f.full.at {
		return nest.PictureUse{}, nil
	}
	return nest.PictureUse{Count: 1, Bytes: f.full.bytes}, nil
}
