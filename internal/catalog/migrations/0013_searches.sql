-- +goose Up
-- Searches that people keep. definition is the JSON of what is asked; its
-- fields are those of the API (docs/api.md).
CREATE TABLE saved_searches (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    owner      TEXT    NOT NULL, -- id of a person; '' when the command line saved it
    owner_name TEXT    NOT NULL,
    shared     INTEGER NOT NULL, -- 1: everybody who may read events sees it
    definition TEXT    NOT NULL,
    created    BIGINT  NOT NULL, -- microseconds since 1970, UTC
    updated    BIGINT  NOT NULL
);

CREATE UNIQUE INDEX saved_searches_name ON saved_searches (owner, name);

-- +goose Down
DROP TABLE saved_searches;
