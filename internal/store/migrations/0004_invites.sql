-- Invites into private nests. secret_hash is all that is kept of what opens the door.
CREATE TABLE invites (
    id          TEXT   NOT NULL PRIMARY KEY,
    nest        TEXT   NOT NULL REFERENCES nests (id) ON DELETE CASCADE,
    secret_hash TEXT   NOT NULL,
    created_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    max_uses    BIGINT NOT NULL,
    uses        BIGINT NOT NULL
);
CREATE UNIQUE INDEX invites_secret ON invites (secret_hash);
CREATE INDEX invites_nest ON invites (nest, created_at DESC, id DESC);
