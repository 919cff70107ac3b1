-- migrate:up
-- The facts of each lead, and of where it stands what the pages select by.
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text,
    stage text NOT NULL DEFAULT 'lead',
    team text NOT NULL DEFAULT '',
    in_hand boolean NOT NULL DEFAULT false,
    unassigned boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);
CREATE INDEX lead_in_hand ON lead (stage, team) WHERE in_hand;
CREATE INDEX lead_stage ON lead (stage);

-- Counts, summed on read; the partition is the lead's, so that no two lanes write one row.
CREATE TABLE rollup (
    partition integer NOT NULL,
    day date NOT NULL,
    metric text NOT NULL,
    source text NOT NULL,
    team text NOT NULL,
    rep text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (partition, day, metric, source, team, rep)
) WITH (fillfactor = 70);
-- migrate:down
DROP TABLE rollup, lead;
