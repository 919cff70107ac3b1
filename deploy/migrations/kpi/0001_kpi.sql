-- migrate:up
-- The facts of each lead, and where it stands by them: the columns are what the pages show and select by.
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text,
    counted_under text NOT NULL,
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
    company text NOT NULL DEFAULT '',
    person text NOT NULL DEFAULT '',
    in_hand boolean NOT NULL DEFAULT false,
    waiting boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);
CREATE INDEX lead_in_hand ON lead (stage, team) WHERE in_hand;
CREATE INDEX lead_stage ON lead (stage);
CREATE INDEX lead_counted_under ON lead (counted_under, lead_id);

-- The playbooks' rules of counting, under their hash: what a lead was counted under can be subtracted again.
CREATE TABLE rules (
    digest text PRIMARY KEY,
    document text NOT NULL
);

-- Costs of campaigns that name no day: the company's zone gives them one.
CREATE TABLE undated_cost (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition integer NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    currency text NOT NULL,
    hundredths bigint NOT NULL,
    zone text NOT NULL
);
CREATE INDEX undated_cost_zone ON undated_cost (zone);

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
DROP TABLE rollup, undated_cost, rules, lead;
