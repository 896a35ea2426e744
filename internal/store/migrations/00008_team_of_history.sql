-- +goose Up

-- The team of an execution that is over, so that the history of a team is found without a look at those of others. 0 while it is not over,
-- and for those of scenarios that nobody knows any more.
ALTER TABLE execution ADD COLUMN team INTEGER NOT NULL DEFAULT 0;
UPDATE execution SET team = coalesce((SELECT s.team FROM scenario s WHERE s.id = scenario), (SELECT f.team FROM former_scenario f WHERE f.id = scenario), 0)
    WHERE status >= 2;
DROP INDEX execution_by_time;
CREATE INDEX execution_of_team ON execution (team, accepted, status) WHERE status >= 2;

-- From which execution on the words by which one is found name its team. Older ones cannot be changed: the index keeps no texts.
CREATE TABLE text_team (since INTEGER NOT NULL);
INSERT INTO text_team (since) SELECT coalesce(max(id), 0) + 1 FROM execution;
