-- +goose Up

-- Revision of a record, so that whoever changes it can say which one was read. A new record begins with the milliseconds of its time: one
-- that was deleted and made again never has the revision that somebody has read.
ALTER TABLE record ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- Dry runs are few among many executions, and asked for by themselves.
CREATE INDEX execution_dry ON execution (accepted, id) WHERE status >= 2 AND mode & 1 = 1;
