-- Times are nanoseconds since 1970 in UTC. A time of 0 means never.

-- +goose Up

-- Identities are handed out from memory; reserved is where the next process goes on.
CREATE TABLE counter (name TEXT PRIMARY KEY, reserved INTEGER NOT NULL) WITHOUT ROWID;

-- Running totals: how many, and how many bytes, of the kinds that the code lists.
CREATE TABLE total (
    kind INTEGER NOT NULL, owner INTEGER NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (kind, owner)
) WITHOUT ROWID;

CREATE TABLE lease (part INTEGER PRIMARY KEY, node TEXT NOT NULL, epoch INTEGER NOT NULL, until INTEGER NOT NULL);

-- One small row for each execution. What it did stands in op.
CREATE TABLE execution (
    id INTEGER PRIMARY KEY,
    scenario INTEGER NOT NULL, version INTEGER NOT NULL, part INTEGER NOT NULL,
    status INTEGER NOT NULL, -- 0 queued, 1 running, from 2 on finished
    origin INTEGER NOT NULL, webhook INTEGER NOT NULL, source INTEGER NOT NULL, seed INTEGER NOT NULL,
    accepted INTEGER NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL,
    bytes INTEGER NOT NULL, name TEXT, summary BLOB
);
CREATE INDEX execution_open ON execution (part, id) WHERE status < 2;
CREATE INDEX execution_waiting ON execution (webhook, id) WHERE status = 0 AND webhook > 0;
CREATE INDEX execution_of_scenario ON execution (scenario, accepted, status) WHERE status >= 2;
CREATE INDEX execution_of_source ON execution (source) WHERE source > 0;
CREATE INDEX execution_by_time ON execution (accepted, status) WHERE status >= 2;

-- id = number of the execution or queue item, shifted left by 23, and a sequence in it. Sequence 0 is the input.
CREATE TABLE op (id INTEGER PRIMARY KEY, data BLOB NOT NULL);

-- Large payloads, once for each content.
CREATE TABLE blob (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, refs INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE blob_ref (op INTEGER PRIMARY KEY, blob INTEGER NOT NULL);

CREATE TABLE checkpoint (execution INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, data BLOB NOT NULL);

CREATE VIRTUAL TABLE execution_text USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'unicode61');

-- Payloads that wait for an execution; the payload itself is op (id << 23).
CREATE TABLE item (
    id INTEGER PRIMARY KEY, webhook INTEGER NOT NULL, scenario INTEGER NOT NULL,
    received INTEGER NOT NULL, bytes INTEGER NOT NULL, claim INTEGER NOT NULL -- execution that works on it, 0 none
);
CREATE INDEX item_of_webhook ON item (webhook, id);
CREATE INDEX item_claimed ON item (claim) WHERE claim > 0;

-- Keys of deliveries that count as duplicates until the time given.
CREATE TABLE seen (
    webhook INTEGER NOT NULL, hash BLOB NOT NULL, first INTEGER NOT NULL, until INTEGER NOT NULL, repeats INTEGER NOT NULL,
    PRIMARY KEY (webhook, hash)
) WITHOUT ROWID;
CREATE INDEX seen_until ON seen (until);

CREATE TABLE scenario (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
    active INTEGER NOT NULL, invalid TEXT NOT NULL, -- why it cannot run, '' when it can
    errors INTEGER NOT NULL, schedule TEXT NOT NULL, settings TEXT NOT NULL,
    planned INTEGER NOT NULL, due INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, kept BLOB
);
CREATE INDEX scenario_due ON scenario (due) WHERE active = 1 AND due > 0;
CREATE TABLE scenario_version (
    id INTEGER PRIMARY KEY, scenario INTEGER NOT NULL, version INTEGER NOT NULL,
    saved INTEGER NOT NULL, author TEXT NOT NULL, note TEXT NOT NULL, blueprint BLOB NOT NULL,
    UNIQUE (scenario, version)
);

CREATE TABLE connection (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, app TEXT NOT NULL, type TEXT NOT NULL, revision INTEGER NOT NULL,
    metadata TEXT NOT NULL, sealed BLOB NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);

CREATE TABLE webhook (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, scenario INTEGER NOT NULL, token_hash BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL, settings TEXT NOT NULL, paused INTEGER NOT NULL, gone INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE INDEX webhook_of_scenario ON webhook (scenario);

CREATE TABLE trigger_cursor (
    scenario INTEGER NOT NULL, module INTEGER NOT NULL, data BLOB NOT NULL, updated INTEGER NOT NULL,
    PRIMARY KEY (scenario, module)
) WITHOUT ROWID;

CREATE TABLE incomplete (
    id INTEGER PRIMARY KEY, scenario INTEGER NOT NULL, version INTEGER NOT NULL, execution INTEGER NOT NULL,
    module INTEGER NOT NULL, address TEXT NOT NULL, state INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
    attempts INTEGER NOT NULL, attempts_max INTEGER NOT NULL, interval INTEGER NOT NULL, due INTEGER NOT NULL,
    resolution TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    bytes INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX incomplete_due ON incomplete (due) WHERE due > 0;
CREATE INDEX incomplete_of_scenario ON incomplete (scenario, state, id);
CREATE INDEX incomplete_resolved ON incomplete (updated) WHERE state = 3;

CREATE TABLE data_store (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, structure TEXT NOT NULL, bytes_max INTEGER NOT NULL,
    revision INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE TABLE record (
    store INTEGER NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL, updated INTEGER NOT NULL,
    PRIMARY KEY (store, key)
) WITHOUT ROWID;

-- Rows are only ever added. hash covers the row and the hash before it.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, details TEXT NOT NULL, hash BLOB NOT NULL
);
