-- +goose Up

-- Where people keep a scenario, '' for nowhere; and what its newest version is made of, for lists: JSON, NULL until somebody has looked.
ALTER TABLE scenario ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE scenario ADD COLUMN modules TEXT;

-- How many executions have ended, by quarter of an hour, status and duration: four classes for each doubling of the microseconds, -1 for
-- those that never began. It outlives the history. How many operations those had that ended before this is not known.
CREATE TABLE statistic (
    owner INTEGER NOT NULL, -- number of a scenario; below 0 that of a team, for all of its scenarios together
    at INTEGER NOT NULL, -- quarters of an hour since 1970
    status INTEGER NOT NULL, took INTEGER NOT NULL,
    number INTEGER NOT NULL, operations INTEGER NOT NULL,
    PRIMARY KEY (owner, at, status, took)
) WITHOUT ROWID;
INSERT INTO statistic (owner, at, status, took, number, operations)
    SELECT scenario, finished / 900000000000, status,
        CASE WHEN started = 0 THEN -1 ELSE CAST(4 * log2(max(1, (finished - started) / 1000)) AS INTEGER) END AS class,
        count(*), 0
    FROM execution WHERE status >= 2 AND finished > 0 GROUP BY 1, 2, 3, 4;
INSERT INTO statistic (owner, at, status, took, number, operations)
    SELECT -s.team, at, status, took, sum(number), 0
    FROM statistic JOIN (SELECT id, team FROM scenario UNION ALL SELECT id, team FROM former_scenario) AS s ON s.id = owner
    GROUP BY 1, 2, 3, 4;
