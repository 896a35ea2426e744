-- What a version after it takes away: programs that do not know the column can make no webhook any more.
-- +ropeway oldest 101 later

-- +goose Up
ALTER TABLE webhook ALTER COLUMN purpose DROP DEFAULT;
