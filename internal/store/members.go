package store

import (
	"context"
	"database/sql"

	"nests/internal/nest"
)

const memberColumns = `nest, pubkey, role, on_stage, place, banned, ban_until, banned_at, hand,
	role_at, stage_at, updated, hand_at, hand_from, hand_claim`

func memberDest(m *nest.Member) []any {
	return []any{&m.Nest, &m.Pubkey, (*string)(&m.Role), &m.OnStage, &m.HasAccess, &m.Banned, &m.BanUntil, &m.BannedAt,
		&m.Hand, &m.RoleAt, &m.StageAt, &m.Updated, &m.HandAt, (*string)(&m.HandFrom), &m.HandClaim}
}

// Member returns a zero member with that key when there is no row.
func (t *tx) Member(nestID, pubkey string) (nest.Member, error) {
	m := nest.Member{}
	ok, err := exists(t.one(memberDest(&m),
		`SELECT `+memberColumns+` FROM members WHERE nest = $1 AND pubkey = $2`, nestID, pubkey))
	if err != nil || !ok {
		return nest.Member{Nest: nestID, Pubkey: pubkey}, err
	}
	return m, nil
}

func (t *tx) Members(nestID string) ([]nest.Member, error) {
	return t.members(`WHERE nest = $1 ORDER BY pubkey`, nestID)
}

// ExpiredHands returns the members whose hand may have expired. It reads the partial index members_hands: few rows hold
// a hand.
func (t *tx) ExpiredHands(now, old, raised int64) ([]nest.Member, error) {
	return t.members(`WHERE hand_at > 0 AND (hand_claim > 0 AND hand_claim <= $1
		OR hand = 0 AND hand_claim = 0 AND hand_at <= $2 OR hand > 0 AND hand_claim = 0 AND hand <= $3)
		ORDER BY nest, pubkey`, now, old, raised)
}

func (t *tx) members(where string, args ...any) ([]nest.Member, error) {
	var members []nest.Member
	m := nest.Member{}
	dest := memberDest(&m)
	err := t.each(`SELECT `+memberColumns+` FROM members `+where, args, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		members = append(members, m)
		return err
	})
	return members, err
}

// PutMember stores m, or deletes its row when m is empty: a missing row means the same.
func (t *tx) PutMember(m nest.Member) error {
	if m.Empty() {
		_, err := t.exec(`DELETE FROM members WHERE nest = $1 AND pubkey = $2`, m.Nest, m.Pubkey)
		return err
	}
	_, err := t.exec(`INSERT INTO members (`+memberColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (nest, pubkey) DO UPDATE SET role = excluded.role, on_stage = excluded.on_stage,
			place = excluded.place, banned = excluded.banned, ban_until = excluded.ban_until,
			banned_at = excluded.banned_at, hand = excluded.hand,
			role_at = excluded.role_at, stage_at = excluded.stage_at, updated = excluded.updated,
			hand_at = excluded.hand_at, hand_from = excluded.hand_from, hand_claim = excluded.hand_claim`,
		m.Nest, m.Pubkey, string(m.Role), m.OnStage, m.HasAccess, m.Banned, m.BanUntil, m.BannedAt, m.Hand,
		m.RoleAt, m.StageAt, m.Updated, m.HandAt, string(m.HandFrom), m.HandClaim)
	return err
}

// IsMember reports whether a key is the host or a member of any nest of this server. A banned member does not count.
func (db *DB) IsMember(ctx context.Context, pubkey string) (bool, error) {
	count := 0
	err := db.read(ctx, func(t *tx) error {
		return t.one([]any{&count}, `SELECT COUNT(*) FROM members WHERE pubkey = $1 AND NOT banned`, pubkey)
	})
	return count > 0, err
}
