-- migrate:up
-- The facts of each lead, and where it stands by them: the columns are what the pages show and select by.
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text,
    stage text NOT NULL DEFAULT 'lead',
    cycle integer NOT NULL DEFAULT 1,
    team text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'none',
    source text NOT NULL DEFAULT '',
    entered_at timestamptz,
    idle_since timestamptz,
    due_at timestamptz,
    breached boolean NOT NULL DEFAULT false,
    stale boolean NOT NULL DEFAULT false,
    in_hand boolean NOT NULL DEFAULT false,
    waiting boolean NOT NULL DEFAULT false
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
CREATE INDEX rollup_day ON rollup (day);
-- migrate:down
DROP TABLE rollup, lead;
