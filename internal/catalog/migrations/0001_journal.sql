-- +goose Up

-- Numbers that only grow: 'seq' orders commits, 'segment' names segments.
-- They are taken inside the transaction that uses them, so the order of
-- commits is the order of numbers and a reader never sees one appear behind it.
CREATE TABLE journal_counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO journal_counters (name, value) VALUES ('seq', 0);
INSERT INTO journal_counters (name, value) VALUES ('segment', 0);

-- A segment exists if and only if its row is here.
CREATE TABLE journal_segments (
    id           BIGINT NOT NULL PRIMARY KEY,
    tenant       TEXT   NOT NULL,
    table_name   TEXT   NOT NULL, -- '' for a fresh segment: all tables of one commit
    day          BIGINT NOT NULL, -- start of the UTC event day, microseconds; 0 for a fresh segment
    path         TEXT   NOT NULL UNIQUE,
    row_count    BIGINT NOT NULL,
    raw_bytes    BIGINT NOT NULL,
    bytes        BIGINT NOT NULL,
    sha256       TEXT   NOT NULL,
    token_path   TEXT   NOT NULL,
    token_sha256 TEXT   NOT NULL,
    min_time     BIGINT NOT NULL,
    max_time     BIGINT NOT NULL,
    min_seq      BIGINT NOT NULL,
    max_seq      BIGINT NOT NULL,
    tables       TEXT   NOT NULL, -- JSON object: rows by table
    created      BIGINT NOT NULL,
    packed       BIGINT NOT NULL  -- how often its rows were merged with others of their table and day
);
CREATE INDEX journal_segments_time ON journal_segments (tenant, max_time, min_time);
CREATE INDEX journal_segments_seq ON journal_segments (max_seq);
CREATE INDEX journal_segments_day ON journal_segments (tenant, table_name, day);

-- Files that no segment names any more, kept until the queries that began
-- before are over.
CREATE TABLE journal_retired (
    path    TEXT   NOT NULL PRIMARY KEY,
    retired BIGINT NOT NULL
);

-- Durable readers: everything up to seq has had its effect.
CREATE TABLE journal_readers (
    name    TEXT   NOT NULL PRIMARY KEY,
    seq     BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

-- +goose Down
DROP TABLE journal_readers;
DROP TABLE journal_retired;
DROP TABLE journal_segments;
DROP TABLE journal_counters;
