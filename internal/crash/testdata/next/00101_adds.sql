-- What a next version adds. Programs that know the first form go on with these tables.
-- +ropeway oldest 1

-- +goose Up
ALTER TABLE webhook ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
CREATE TABLE purpose (name TEXT PRIMARY KEY);
