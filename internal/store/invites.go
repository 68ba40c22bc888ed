package store

import (
	"database/sql"

	"nests/internal/nest"
)

const inviteColumns = `id, nest, secret_hash, created_by, created_at, expires_at, max_uses, uses`

func inviteDest(i *nest.Invite) []any {
	return []any{&i.ID, &i.Nest, &i.SecretHash, &i.CreatedBy, &i.CreatedAt, &i.ExpiresAt, &i.MaxUses, &i.Uses}
}

// PutInvite inserts or updates by ID. Only the number of uses ever changes.
func (t *tx) PutInvite(i nest.Invite) error {
	_, err := t.exec(`INSERT INTO invites (`+inviteColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET uses = excluded.uses`,
		i.ID, i.Nest, i.SecretHash, i.CreatedBy, i.CreatedAt, i.ExpiresAt, i.MaxUses, i.Uses)
	return err
}

func (t *tx) Invite(nestID, secretHash string) (i nest.Invite, err error) {
	err = t.one(inviteDest(&i), `SELECT `+inviteColumns+` FROM invites WHERE secret_hash = $1 AND nest = $2`,
		secretHash, nestID)
	return i, err
}

func (t *tx) Invites(nestID string) ([]nest.Invite, error) {
	var invites []nest.Invite
	i := nest.Invite{}
	dest := inviteDest(&i)
	query := `SELECT ` + inviteColumns + ` FROM invites WHERE nest = $1 ORDER BY created_at DESC, id DESC`
	err := t.each(query, []any{nestID}, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		invites = append(invites, i)
		return err
	})
	return invites, err
}

// DeleteInvite deletes an invite. An unknown id is no error.
func (t *tx) DeleteInvite(nestID, id string) error {
	_, err := t.exec(`DELETE FROM invites WHERE id = $1 AND nest = $2`, id, nestID)
	return err
}
