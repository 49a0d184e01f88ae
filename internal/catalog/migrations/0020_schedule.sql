-- +goose Up
-- How far each rule that is asked on time has come.
CREATE TABLE schedule_rules (
    rule    TEXT   NOT NULL PRIMARY KEY, -- label
    until   BIGINT NOT NULL, -- end of the last span that was asked about, microseconds since 1970, UTC
    asked   BIGINT NOT NULL, -- when
    since   BIGINT NOT NULL, -- 0, or since when it fails
    problem TEXT   NOT NULL  -- why
);

-- What was found, so that spans that overlap, and warnings that last, give one
-- finding each.
CREATE TABLE schedule_found (
    rule   TEXT   NOT NULL,
    tenant TEXT   NOT NULL,
    key    TEXT   NOT NULL, -- digest of what tells findings apart
    until  BIGINT NOT NULL, -- end of the span; of a warning when it was last seen
    PRIMARY KEY (rule, tenant, key)
);

-- +goose Down
DROP TABLE schedule_found;
DROP TABLE schedule_rules;
