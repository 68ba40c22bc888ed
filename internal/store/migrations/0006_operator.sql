-- Whom operators keep out, what they allow, what they were told, and who did what to others.
CREATE TABLE blocks (
    subject    TEXT   NOT NULL PRIMARY KEY,
    reason     TEXT   NOT NULL,
    blocked_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    until_time BIGINT NOT NULL
);
CREATE INDEX blocks_until ON blocks (until_time) WHERE until_time > 0;

CREATE TABLE quotas (
    pubkey TEXT   NOT NULL PRIMARY KEY,
    nests  BIGINT NOT NULL,
    set_by TEXT   NOT NULL,
    set_at BIGINT NOT NULL
);

CREATE TABLE creators (
    pubkey   TEXT   NOT NULL PRIMARY KEY,
    added_by TEXT   NOT NULL,
    added_at BIGINT NOT NULL
);

-- Whom an operator follows, by the newest kind 3 that was seen anywhere; keys is a JSON array.
CREATE TABLE follow_lists (
    pubkey     TEXT   NOT NULL PRIMARY KEY,
    event      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    keys       TEXT   NOT NULL
);

-- Reports (kind 1984) lie apart from the events, so that no subscription ever finds one.
CREATE TABLE reports (
    id          TEXT   NOT NULL PRIMARY KEY,
    pubkey      TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    raw         TEXT   NOT NULL
);
CREATE INDEX reports_newest ON reports (received_at DESC, id DESC);
CREATE INDEX reports_author ON reports (pubkey);
INSERT INTO reports (id, pubkey, received_at, raw) SELECT id, pubkey, created_at * 1000, raw FROM events WHERE kind = 1984;
DELETE FROM events WHERE kind = 1984;

CREATE TABLE audit (
    id      TEXT   NOT NULL PRIMARY KEY,
    done_at BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    act     TEXT   NOT NULL,
    target  TEXT   NOT NULL,
    nest    TEXT   NOT NULL,
    outcome TEXT   NOT NULL
);
CREATE INDEX audit_newest ON audit (done_at DESC, id DESC);
CREATE INDEX audit_nest ON audit (nest, done_at DESC, id DESC);
CREATE INDEX audit_actor ON audit (actor, done_at DESC, id DESC);
