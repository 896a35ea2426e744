-- +goose Up

-- Everything belongs to a team, and a team to an organization. What was there before belongs to the first ones.
CREATE TABLE organization (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE TABLE team (
    id INTEGER PRIMARY KEY, organization INTEGER NOT NULL, name TEXT NOT NULL,
    revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    UNIQUE (organization, name)
);
INSERT INTO organization (id, name, revision, created, updated) VALUES (1, 'My organization', 1, 0, 0);
INSERT INTO team (id, organization, name, revision, created, updated) VALUES (1, 1, 'My team', 1, 0, 0);
INSERT INTO counter (name, reserved) VALUES ('organization', 2), ('team', 2);

ALTER TABLE scenario ADD COLUMN team INTEGER NOT NULL DEFAULT 1;
ALTER TABLE connection ADD COLUMN team INTEGER NOT NULL DEFAULT 1;
ALTER TABLE webhook ADD COLUMN team INTEGER NOT NULL DEFAULT 1;
CREATE INDEX scenario_of_team ON scenario (team, id);
CREATE INDEX connection_of_team ON connection (team, id);
CREATE INDEX webhook_of_team ON webhook (team, id);

-- Names of data stores are unique in their team, no longer everywhere.
CREATE TABLE data_store_of_team (
    id INTEGER PRIMARY KEY, team INTEGER NOT NULL, name TEXT NOT NULL, structure TEXT NOT NULL, bytes_max INTEGER NOT NULL,
    revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    UNIQUE (team, name)
);
INSERT INTO data_store_of_team (id, team, name, structure, bytes_max, revision, created, updated)
    SELECT id, 1, name, structure, bytes_max, revision, created, updated FROM data_store;
DROP TABLE data_store;
ALTER TABLE data_store_of_team RENAME TO data_store;

-- Whose the history of scenarios is that were deleted.
CREATE TABLE former_scenario (id INTEGER PRIMARY KEY, team INTEGER NOT NULL, name TEXT NOT NULL, deleted INTEGER NOT NULL);
CREATE INDEX former_scenario_of_team ON former_scenario (team);

-- Whose the audited things are, 0 for those of the installation.
ALTER TABLE audit ADD COLUMN organization INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN team INTEGER NOT NULL DEFAULT 0;
CREATE INDEX audit_of_organization ON audit (organization, id);
-- The newest entry, so that one that is cut off at the end is missed too.
CREATE TABLE audit_head (only INTEGER PRIMARY KEY CHECK (only = 1), id INTEGER NOT NULL, hash BLOB NOT NULL);
INSERT INTO audit_head (only, id, hash) SELECT 1, id, hash FROM audit ORDER BY id DESC LIMIT 1;
-- Entries that were written in one commit with the change that they tell of, and wait to be told what came of it.
CREATE TABLE audit_pending (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    details TEXT NOT NULL, organization INTEGER NOT NULL, team INTEGER NOT NULL
);

-- Requests that carry a key of their own, so that one that is sent again is not carried out again.
CREATE TABLE request_key (
    key BLOB PRIMARY KEY, at INTEGER NOT NULL, request BLOB NOT NULL, status INTEGER NOT NULL, answer BLOB
) WITHOUT ROWID;
CREATE INDEX request_key_at ON request_key (at);
