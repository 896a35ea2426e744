-- +goose Up

-- Secrets of the checks of a webhook, sealed; and how far the learning of its data structure has come, as JSON.
ALTER TABLE webhook ADD COLUMN sealed BLOB;
ALTER TABLE webhook ADD COLUMN learning TEXT NOT NULL DEFAULT '';

-- Executions that wait in the queue of a webhook stand in execution_waiting only, so that taking up what has begun does not
-- read millions of them.
DROP INDEX execution_open;
CREATE INDEX execution_open ON execution (part, id) WHERE status = 1 OR (status = 0 AND webhook = 0);

-- An execution is kept while an incomplete one goes on with it.
CREATE INDEX incomplete_of_execution ON incomplete (execution) WHERE state < 3;

-- From now on a counter that is not there means damage.
INSERT INTO counter (name, reserved) VALUES ('execution', 1) ON CONFLICT DO NOTHING;

-- Numbers of things that were deleted are not used again: what is left of those would seem to belong to the new ones.
INSERT INTO counter (name, reserved) SELECT 'scenario', coalesce(max(id), 0) + 1 FROM scenario;
INSERT INTO counter (name, reserved) SELECT 'connection', coalesce(max(id), 0) + 1 FROM connection;
INSERT INTO counter (name, reserved) SELECT 'webhook', coalesce(max(id), 0) + 1 FROM webhook;
INSERT INTO counter (name, reserved) SELECT 'data_store', coalesce(max(id), 0) + 1 FROM data_store;
