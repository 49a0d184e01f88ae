-- +goose Up

-- The columns that a segment's file has: 1 is the first format, 2 has
-- place_source (docs/journal-format.md).
ALTER TABLE journal_segments ADD COLUMN format BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE journal_segments DROP COLUMN format;
