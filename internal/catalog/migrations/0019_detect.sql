-- +goose Up
-- What correlations remember, as of a commit of the journal: a machine is a
-- correlation with all that it rests on. Without state it is being warmed up.
CREATE TABLE detect_machines (
    machine TEXT   NOT NULL PRIMARY KEY,
    version TEXT   NOT NULL,
    seq     BIGINT NOT NULL, -- the state has seen all commits up to it
    since   BIGINT NOT NULL, -- what commits up to it lead to is not found: they were there before the rule
    state   BLOB
);

-- One row once detection has begun: when that was, and the rules that were in
-- force when the machines were written last.
CREATE TABLE detect_progress (
    id    BIGINT NOT NULL PRIMARY KEY,
    begun BIGINT NOT NULL, -- microseconds since 1970, UTC
    rules TEXT   NOT NULL
);

-- +goose Down
DROP TABLE detect_progress;
DROP TABLE detect_machines;
