-- +goose Up

-- Where people keep a scenario, '' for nowhere; and what its newest version is made of, for lists: JSON, NULL until somebody has looked.
ALTER TABLE scenario ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE scenario ADD COLUMN modules TEXT;
