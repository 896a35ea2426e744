-- +goose Up

-- The secret part of a webhook's address, sealed, so that it can be told again; NULL where it cannot. It is never needed to find the
-- webhook, which token_hash does.
ALTER TABLE webhook ADD COLUMN address BLOB;
