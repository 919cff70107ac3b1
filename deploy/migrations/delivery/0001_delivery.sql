-- migrate:up
-- The delivery tables that every service's schema holds: positions, inbox, outbox, timers, quarantine.
CREATE TABLE consumer_position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE inbox (
    day date NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    body_hash bytea NOT NULL,
    PRIMARY KEY (day, source, id)
) PARTITION BY RANGE (day);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE outbox_refused (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq bigint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    error_type text NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE relay_lease (
    shard integer PRIMARY KEY,
    owner text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE timer (
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    held boolean NOT NULL DEFAULT false,
    generation bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (kind, subject)
) WITH (fillfactor = 80);
CREATE INDEX timer_due ON timer (due_at, kind, subject);
CREATE INDEX timer_not_held ON timer (due_at, kind, subject) WHERE NOT held;

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    value bytea,
    headers jsonb NOT NULL DEFAULT '[]',
    appended_at timestamptz NOT NULL,
    reason text NOT NULL,
    error text NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'future', 'retry', 'done')),
    retry_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    -- Offsets start at 0 again when a topic is made anew; an offset and the broker's append time name one record.
    UNIQUE (topic, partition, "offset", appended_at)
);
CREATE INDEX quarantine_retry ON quarantine (retry_at, id) WHERE status IN ('future', 'retry');
CREATE INDEX quarantine_done ON quarantine (done_at) WHERE status = 'done';
-- migrate:down
DROP TABLE quarantine, timer, relay_lease, outbox_refused, outbox, inbox, consumer_position;
