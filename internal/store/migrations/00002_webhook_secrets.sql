-- +goose Up

-- Secrets of the checks of a webhook, sealed; and how far the learning of its data structure has come, as JSON.
ALTER TABLE webhook ADD COLUMN sealed BLOB;
ALTER TABLE webhook ADD COLUMN learning TEXT NOT NULL DEFAULT '';
