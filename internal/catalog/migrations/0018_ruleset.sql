-- +goose Up
-- What people here have otherwise than the rules: apart from them, so that new
-- versions of the rules leave it alone.
CREATE TABLE ruleset_changes (
    what    TEXT   NOT NULL, -- mode, severity or parameter
    rule    TEXT   NOT NULL, -- label of a rule; '' when a pack is changed
    pack    TEXT   NOT NULL, -- '' when a rule is changed
    name    TEXT   NOT NULL, -- of the parameter, else ''
    tenant  TEXT   NOT NULL, -- '' is all of which nothing else is said
    value   TEXT   NOT NULL, -- JSON
    title   TEXT   NOT NULL, -- of the rule when it was changed
    reason  TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    time    BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (what, rule, pack, name, tenant)
);

CREATE TABLE ruleset_exceptions (
    id      TEXT   NOT NULL PRIMARY KEY,
    rule    TEXT   NOT NULL,
    title   TEXT   NOT NULL,
    fields  TEXT   NOT NULL, -- JSON object: a selection of Sigma's
    tenants TEXT   NOT NULL, -- JSON list of ids; empty is all
    owner   TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    created BIGINT NOT NULL,
    until   BIGINT NOT NULL  -- 0: it does not end
);

CREATE INDEX ruleset_exceptions_rule ON ruleset_exceptions (rule);

-- Each change counts one up, so that other processes see that there was one.
CREATE TABLE ruleset_state (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL
);

INSERT INTO ruleset_state (id, version) VALUES (1, 0);

-- +goose Down
DROP TABLE ruleset_state;
DROP TABLE ruleset_exceptions;
DROP TABLE ruleset_changes;
