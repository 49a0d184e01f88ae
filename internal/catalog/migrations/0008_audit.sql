-- +goose Up
-- Nightjar's own audit log: one row for each thing that somebody did. hash is
-- the SHA-256 of the row's canonical JSON, which names the hash of the row before.
CREATE TABLE audit_entries (
    seq        BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 … without a hole
    time       BIGINT NOT NULL, -- microseconds since 1970, UTC
    actor_kind TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    actor_name TEXT   NOT NULL,
    address    TEXT   NOT NULL, -- '' when there is none
    action     TEXT   NOT NULL,
    tenant     TEXT   NOT NULL, -- '' for the whole installation
    target     TEXT   NOT NULL,
    detail     TEXT   NOT NULL, -- JSON object of strings, keys sorted
    outcome    TEXT   NOT NULL,
    hash       TEXT   NOT NULL  -- hex
);

CREATE INDEX audit_entries_time ON audit_entries (time);
CREATE INDEX audit_entries_tenant ON audit_entries (tenant, seq);

-- The newest entry, so that a chain whose end was cut off is seen to be short.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT  NOT NULL,
    hash TEXT    NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- How far the entries are copied to the table audit of the journal.
CREATE TABLE audit_copied (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT  NOT NULL
);
INSERT INTO audit_copied (id, seq) VALUES (1, 0);

-- +goose Down
DROP TABLE audit_copied;
DROP TABLE audit_head;
DROP TABLE audit_entries;
