-- +goose Up
-- Facts about the process itself: the run's marker and the readiness probe.
CREATE TABLE health_state (
    name    TEXT   NOT NULL PRIMARY KEY,
    value   TEXT   NOT NULL,
    updated BIGINT NOT NULL -- microseconds since 1970, UTC
);
