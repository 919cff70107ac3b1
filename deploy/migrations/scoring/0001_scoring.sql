-- migrate:up
-- The checkpoint of each lead; `score_version` above `published_version` means that the newest score is to be published.
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text,
    score_version bigint NOT NULL DEFAULT 0,
    published_version bigint NOT NULL DEFAULT 0,
    published_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX lead_unpublished ON lead (published_at NULLS FIRST) WHERE score_version > published_version;

-- Every activity, for ever, with its body: the inbox, the log of record, and what late events are refolded from.
CREATE TABLE activity (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    lead_id text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    body bytea NOT NULL,
    body_hash bytea NOT NULL,
    read_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lead_id, source, id)
);
-- migrate:down
DROP TABLE activity, lead;
