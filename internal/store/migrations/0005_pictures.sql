-- Uploaded pictures. What is looked at often lies apart from the bytes, so that it is small and cheap to rewrite.
CREATE TABLE pictures (
    name       TEXT   NOT NULL PRIMARY KEY,
    owner      TEXT   NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    added_at   BIGINT NOT NULL,
    kept_until BIGINT NOT NULL
);
CREATE INDEX pictures_owner ON pictures (owner, size);
CREATE INDEX pictures_added ON pictures (added_at, size);
CREATE INDEX pictures_due ON pictures (kept_until, name);
-- SQLite keeps bytes as they are in a column of any type, and PostgreSQL knows this one.
CREATE TABLE picture_data (
    name TEXT  NOT NULL PRIMARY KEY REFERENCES pictures (name) ON DELETE CASCADE,
    data BYTEA NOT NULL
);
-- The name of the uploaded picture that the nest's image means, '' for another: written with the image, by which it is found.
ALTER TABLE nests ADD COLUMN picture TEXT NOT NULL DEFAULT '';
CREATE INDEX nests_picture ON nests (picture) WHERE picture <> '';
