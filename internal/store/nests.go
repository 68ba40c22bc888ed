package store

import (
	"context"
	"database/sql"
	"fmt"

	"nests/internal/nest"
	"nests/internal/nip"
)

const nestColumns = `id, host, status, access, guests, title, summary, image, color, hashtags, relays, hls,
	created_at, updated_at, starts_at, ended_at, status_at, access_at,
	revision, generation, room_sid, stale_sid, space_id, signature_owed, recording, meeting_due`

func (t *tx) Nest(id string) (nest.Nest, error) {
	row := newNestRow()
	if err := t.one(row.dest, `SELECT `+nestColumns+` FROM nests WHERE id = $1`, id); err != nil {
		return nest.Nest{}, err
	}
	return row.nest()
}

// PutNest inserts or updates by ID. The host of a row never changes: an id belongs to the key that created the row.
func (t *tx) PutNest(n nest.Nest) error {
	changed, err := t.exec(`INSERT INTO nests (`+nestColumns+`, picture)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
			$21, $22, $23, $24, $25, $26, $27)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, access = excluded.access, guests = excluded.guests,
			title = excluded.title, summary = excluded.summary, image = excluded.image, color = excluded.color,
			hashtags = excluded.hashtags, relays = excluded.relays, hls = excluded.hls,
			created_at = excluded.created_at,
			updated_at = excluded.updated_at, starts_at = excluded.starts_at, ended_at = excluded.ended_at,
			status_at = excluded.status_at, access_at = excluded.access_at, revision = excluded.revision,
			generation = excluded.generation, room_sid = excluded.room_sid, stale_sid = excluded.stale_sid,
			space_id = excluded.space_id, signature_owed = excluded.signature_owed, recording = excluded.recording,
			meeting_due = excluded.meeting_due, picture = excluded.picture
		WHERE nests.host = excluded.host`,
		n.ID, n.Host, string(n.Status), string(n.Access), n.Guests,
		text(n.Title), text(n.Summary), text(n.Image), text(n.Color),
		encodeList(n.Hashtags), encodeList(n.Relays), n.HLS,
		n.CreatedAt, n.UpdatedAt, n.StartsAt, n.EndedAt, n.StatusAt, n.AccessAt,
		n.Revision, n.Generation, text(n.RoomSID), text(n.StaleSID), n.SpaceID, n.SignatureDue, n.Recording,
		n.MeetingDue, nip.PictureName(n.Image))
	if err == nil && changed == 0 {
		return &nest.Error{
			Code: nest.CodeIDTaken, Message: "This id belongs to another host", Hint: "Choose another id.",
		}
	}
	return err
}

func (t *tx) Nests(f nest.NestFilter) ([]nest.Nest, error) {
	var q conditions
	if len(f.Statuses) > 0 {
		oneOf(&q, "status", f.Statuses)
	}
	if f.Host != "" {
		q.and("host = ", f.Host)
	}
	if f.Access != "" {
		q.and("access = ", string(f.Access))
	}
	if f.Before != (nest.Cursor{}) {
		at, id := q.bind(f.Before.CreatedAt), q.bind(f.Before.ID)
		q.add("(created_at, id) < (" + at + ", " + id + ")")
	}
	query := `SELECT ` + nestColumns + ` FROM nests` + q.where() + ` ORDER BY created_at DESC, id DESC`
	if f.Limit > 0 {
		query += ` LIMIT ` + q.bind(f.Limit)
	}
	var nests []nest.Nest
	row := newNestRow()
	err := t.each(query, q.args, func(rows *sql.Rows) error {
		if err := rows.Scan(row.dest...); err != nil {
			return err
		}
		n, err := row.nest()
		nests = append(nests, n)
		return err
	})
	return nests, err
}

func (t *tx) CountNests(host string) (int, error) {
	count := 0
	err := t.one([]any{&count}, `SELECT COUNT(*) FROM nests WHERE host = $1 AND status <> $2`, host, string(nest.Ended))
	return count, err
}

// StatusCounts counts all nests by status.
func (db *DB) StatusCounts(ctx context.Context) (map[nest.Status]int, error) {
	var counts map[nest.Status]int
	err := db.read(ctx, func(t *tx) error {
		counts = map[nest.Status]int{}
		return t.each(`SELECT status, COUNT(*) FROM nests GROUP BY status`, nil, func(rows *sql.Rows) error {
			status, count := "", 0
			err := rows.Scan(&status, &count)
			counts[nest.Status(status)] = count
			return err
		})
	})
	return counts, err
}

// MeetingsDue returns the ids of nests whose meeting event may need an update. They are few and have their own index.
func (t *tx) MeetingsDue() ([]string, error) {
	var ids []string
	id := ""
	err := t.each(`SELECT id FROM nests WHERE meeting_due ORDER BY updated_at, id`, nil, func(rows *sql.Rows) error {
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// nestRow is the scan target for rows of nests. One serves a whole list.
type nestRow struct {
	n                nest.Nest
	hashtags, relays string
	dest             []any
}

func newNestRow() *nestRow {
	r := &nestRow{}
	n := &r.n
	r.dest = []any{&n.ID, &n.Host, (*string)(&n.Status), (*string)(&n.Access), &n.Guests,
		&n.Title, &n.Summary, &n.Image, &n.Color, &r.hashtags, &r.relays, &n.HLS,
		&n.CreatedAt, &n.UpdatedAt, &n.StartsAt, &n.EndedAt, &n.StatusAt, &n.AccessAt,
		&n.Revision, &n.Generation, &n.RoomSID, &n.StaleSID, &n.SpaceID, &n.SignatureDue, &n.Recording, &n.MeetingDue}
	return r
}

func (r *nestRow) nest() (nest.Nest, error) {
	n := r.n
	var err error
	if n.Hashtags, err = decodeList(r.hashtags); err != nil {
		return n, fmt.Errorf("read hashtags of nest %s: %w", n.ID, err)
	}
	if n.Relays, err = decodeList(r.relays); err != nil {
		return n, fmt.Errorf("read relays of nest %s: %w", n.ID, err)
	}
	return n, nil
}
