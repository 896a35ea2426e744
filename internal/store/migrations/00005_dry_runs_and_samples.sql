-- +goose Up

-- How an execution runs: 1 = it is a dry run, 2 = its input holds sample data that stands in for modules. The sum of those that hold.
ALTER TABLE execution ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;

-- Output bundles that people have pinned to the modules of scenarios.
CREATE TABLE sample (
    scenario INTEGER NOT NULL, module INTEGER NOT NULL, name TEXT NOT NULL, -- name of the module: another one of the same number has no sample
    data BLOB NOT NULL, bytes INTEGER NOT NULL, updated INTEGER NOT NULL,
    PRIMARY KEY (scenario, module)
) WITHOUT ROWID;
