-- +goose Up

-- What several nodes need of one another. One machine alone keeps these empty, but for the settings of the installation.

-- The processes that serve the installation, by the names under which they own partitions.
CREATE TABLE node (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, version TEXT NOT NULL,
    form INTEGER NOT NULL, -- newest form of the tables that it knows
    web INTEGER NOT NULL, worker INTEGER NOT NULL, -- what it does: answers people and webhooks, runs executions
    leaving INTEGER NOT NULL, -- it is about to stop and takes no partitions
    started INTEGER NOT NULL, seen INTEGER NOT NULL,
    running INTEGER NOT NULL, waiting INTEGER NOT NULL -- executions
) WITHOUT ROWID;

-- What one node tells another: the one that owns a partition, or, with part = -1, the one named.
CREATE TABLE signal (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL, part INTEGER NOT NULL, kind INTEGER NOT NULL, thing INTEGER NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX signal_place ON signal (node, part);

-- What executions answer to callers who wait at another node; NULL until it is there.
CREATE TABLE answer (execution INTEGER PRIMARY KEY, at INTEGER NOT NULL, data BLOB);

-- What is true of the installation as a whole.
CREATE TABLE installation (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
