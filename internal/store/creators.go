package store

import (
	"database/sql"

	"nests/internal/nest"
)

func (t *tx) Quota(pubkey string) (nest.Quota, bool, error) {
	q := nest.Quota{Pubkey: pubkey}
	stored, err := exists(t.one([]any{&q.Nests, &q.By, &q.At},
		`SELECT nests, set_by, set_at FROM quotas WHERE pubkey = $1`, pubkey))
	return q, stored, err
}

func (t *tx) Quotas() ([]nest.Quota, error) {
	var quotas []nest.Quota
	err := t.each(`SELECT pubkey, nests, set_by, set_at FROM quotas ORDER BY pubkey`, nil, func(rows *sql.Rows) error {
		var q nest.Quota
		err := rows.Scan(&q.Pubkey, &q.Nests, &q.By, &q.At)
		quotas = append(quotas, q)
		return err
	})
	return quotas, err
}

func (t *tx) PutQuota(q nest.Quota) error {
	_, err := t.exec(`INSERT INTO quotas (pubkey, nests, set_by, set_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (pubkey) DO UPDATE SET nests = excluded.nests, set_by = excluded.set_by, set_at = excluded.set_at`,
		q.Pubkey, q.Nests, q.By, q.At)
	return err
}

func (t *tx) DeleteQuota(pubkey string) error {
	_, err := t.exec(`DELETE FROM quotas WHERE pubkey = $1`, pubkey)
	return err
}

func (t *tx) IsCreator(pubkey string) (bool, error) {
	count := 0
	err := t.one([]any{&count}, `SELECT COUNT(*) FROM creators WHERE pubkey = $1`, pubkey)
	return count > 0, err
}

func (t *tx) Creators() ([]nest.Creator, error) {
	var creators []nest.Creator
	const query = `SELECT pubkey, added_by, added_at FROM creators ORDER BY added_at DESC, pubkey`
	err := t.each(query, nil, func(rows *sql.Rows) error {
		var c nest.Creator
		err := rows.Scan(&c.Pubkey, &c.By, &c.At)
		creators = append(creators, c)
		return err
	})
	return creators, err
}

func (t *tx) PutCreator(c nest.Creator) error {
	_, err := t.exec(`INSERT INTO creators (pubkey, added_by, added_at) VALUES ($1, $2, $3)
		ON CONFLICT (pubkey) DO NOTHING`, c.Pubkey, c.By, c.At)
	return err
}

func (t *tx) DeleteCreator(pubkey string) error {
	_, err := t.exec(`DELETE FROM creators WHERE pubkey = $1`, bounded(pubkey))
	return err
}

func (t *tx) FollowList(pubkey string) (nest.FollowList, bool, error) {
	l := nest.FollowList{Pubkey: pubkey}
	keys := ""
	stored, err := exists(t.one([]any{&l.Event, &l.CreatedAt, &keys},
		`SELECT event, created_at, keys FROM follow_lists WHERE pubkey = $1`, pubkey))
	if err == nil && stored {
		l.Keys, err = decodeList(keys)
	}
	return l, stored, err
}

func (t *tx) PutFollowList(l nest.FollowList) error {
	_, err := t.exec(`INSERT INTO follow_lists (pubkey, event, created_at, keys) VALUES ($1, $2, $3, $4)
		ON CONFLICT (pubkey) DO UPDATE SET event = excluded.event, created_at = excluded.created_at,
			keys = excluded.keys`,
		l.Pubkey, l.Event, l.CreatedAt, encodeList(l.Keys))
	return err
}
