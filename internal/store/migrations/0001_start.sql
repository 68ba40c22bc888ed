-- Statements end with a semicolon at the end of a line. One text for SQLite and PostgreSQL. Never edited once released.

CREATE TABLE nests (
    id             TEXT    NOT NULL PRIMARY KEY,
    host           TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    access         TEXT    NOT NULL,
    guests         BOOLEAN NOT NULL,
    title          TEXT    NOT NULL,
    summary        TEXT    NOT NULL,
    image          TEXT    NOT NULL,
    color          TEXT    NOT NULL,
    hashtags       TEXT    NOT NULL,
    relays         TEXT    NOT NULL,
    hls            BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    starts_at      BIGINT  NOT NULL,
    ended_at       BIGINT  NOT NULL,
    status_at      BIGINT  NOT NULL,
    access_at      BIGINT  NOT NULL,
    revision       BIGINT  NOT NULL,
    generation     BIGINT  NOT NULL,
    room_sid       TEXT    NOT NULL,
    stale_sid      TEXT    NOT NULL,
    space_id       TEXT    NOT NULL,
    signature_owed BOOLEAN NOT NULL,
    recording      BOOLEAN NOT NULL
);
CREATE INDEX nests_lobby ON nests (status, access, created_at DESC, id DESC);
CREATE INDEX nests_newest ON nests (created_at DESC, id DESC);
CREATE INDEX nests_host ON nests (host, created_at DESC, id DESC);

CREATE TABLE members (
    nest      TEXT    NOT NULL REFERENCES nests (id) ON DELETE CASCADE,
    pubkey    TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    on_stage  BOOLEAN NOT NULL,
    place     BOOLEAN NOT NULL,
    banned    BOOLEAN NOT NULL,
    ban_until BIGINT  NOT NULL,
    banned_at BIGINT  NOT NULL,
    hand      BIGINT  NOT NULL,
    role_at   BIGINT  NOT NULL,
    stage_at  BIGINT  NOT NULL,
    updated   BIGINT  NOT NULL,
    PRIMARY KEY (nest, pubkey)
);
CREATE INDEX members_pubkey ON members (pubkey);

-- raw is the whole event as JSON and the only copy of its content, tags and signature. d is '' but for addressable kinds.
-- Text that came from outside and is compared (d, tag values) is stored as bounded() makes it.
CREATE TABLE events (
    id         TEXT   NOT NULL PRIMARY KEY,
    pubkey     TEXT   NOT NULL,
    kind       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    d          TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    raw        TEXT   NOT NULL
);
CREATE INDEX events_address ON events (kind, pubkey, d);
CREATE INDEX events_d ON events (kind, d);
CREATE INDEX events_kind ON events (kind, created_at DESC, id);
CREATE INDEX events_author ON events (pubkey, created_at DESC, id);
CREATE INDEX events_newest ON events (created_at DESC, id);
CREATE INDEX events_expiry ON events (expires_at) WHERE expires_at > 0;

CREATE TABLE event_tags (
    event      TEXT   NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (event, name, value)
);
CREATE INDEX event_tags_value ON event_tags (name, value, created_at DESC, event);

CREATE TABLE deleted_events (
    id TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE deleted_addresses (
    kind       BIGINT NOT NULL,
    pubkey     TEXT   NOT NULL,
    d          TEXT   NOT NULL,
    until_time BIGINT NOT NULL,
    PRIMARY KEY (kind, pubkey, d)
);

CREATE TABLE outbox (
    event    TEXT   NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    relay    TEXT   NOT NULL,
    nest     TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    words    TEXT   NOT NULL,
    updated  BIGINT NOT NULL,
    PRIMARY KEY (event, relay)
);
CREATE INDEX outbox_due ON outbox (next_try) WHERE state = 'pending';
CREATE INDEX outbox_nest ON outbox (nest);

CREATE TABLE checks (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX checks_expiry ON checks (expires_at);

CREATE TABLE used_auth (
    id         TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_auth_expiry ON used_auth (expires_at);

CREATE TABLE sessions (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    pubkey     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE webhooks (
    id      TEXT   NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX webhooks_seen ON webhooks (seen_at);

CREATE TABLE drifts (
    id         TEXT   NOT NULL PRIMARY KEY,
    code       TEXT   NOT NULL,
    nest       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    evidence   TEXT   NOT NULL,
    steps      BIGINT NOT NULL,
    resolved   BIGINT NOT NULL,
    outcome    TEXT   NOT NULL
);
CREATE UNIQUE INDEX drifts_open ON drifts (code, nest, subject) WHERE resolved = 0;
CREATE INDEX drifts_nest ON drifts (nest, last_seen DESC, id);
CREATE INDEX drifts_newest ON drifts (last_seen DESC, id);
