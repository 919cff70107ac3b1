-- migrate:up
-- One row a lead holds its handoffs, so a lead has one owner at most; who waits where stands beside it for the queue.
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text,
    team text,
    owner_id text,
    waiting_pool text,
    waiting_since timestamptz,
    waiting_place integer,
    waiting_had jsonb,
    waiting_priority integer,
    account text,
    owned_since timestamptz,
    has_opportunity boolean
) WITH (fillfactor = 70);
CREATE INDEX lead_account ON lead (account) WHERE owner_id IS NOT NULL;
CREATE INDEX lead_waiting ON lead (waiting_pool, waiting_priority DESC, waiting_since, waiting_place) WHERE waiting_pool IS NOT NULL;

CREATE TABLE pool (
    pool_id text PRIMARY KEY,
    state text
) WITH (fillfactor = 50);

CREATE TABLE rep (
    rep_id text PRIMARY KEY,
    state text
) WITH (fillfactor = 50);

-- Every decision with all its inputs. A pool's decisions are numbered without a fork.
CREATE TABLE decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id text NOT NULL,
    kind text NOT NULL,
    team text NOT NULL,
    cycle integer NOT NULL,
    attempt integer NOT NULL,
    pool text,
    seq bigint NOT NULL,
    chosen text,
    decided_at timestamptz NOT NULL,
    record text NOT NULL
);
CREATE INDEX decision_lead ON decision (lead_id, id);
CREATE UNIQUE INDEX decision_in_pool ON decision (pool, seq) WHERE seq > 0;

-- What was told of clocks, and of what could not be followed, as CloudEvents: the state keeps only how things stand now.
CREATE TABLE told (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id text NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX told_lead ON told (lead_id, id);
-- migrate:down
DROP TABLE told, decision, rep, pool, lead;
