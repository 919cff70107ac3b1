-- migrate:up
CREATE TABLE lead (
    lead_id text PRIMARY KEY,
    state text
) WITH (fillfactor = 70);

-- What somebody is to see, and how far its message has come. `not_before` is domain time, the rest machine time.
-- `sent_as` is the first notification of the digest that carries it, null for a message of its own.
CREATE TABLE notification (
    alert_id text PRIMARY KEY,
    lead_id text NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    target text NOT NULL,
    address text NOT NULL,
    fallbacks text[] NOT NULL,
    card text NOT NULL,
    card_revision integer NOT NULL DEFAULT 1,
    shown_revision integer NOT NULL DEFAULT 0,
    update_attempts integer NOT NULL DEFAULT 0,
    update_at timestamptz,
    not_before timestamptz,
    status text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    lookups integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    first_sending_at timestamptz,
    lease_until timestamptz,
    channel text,
    ts text,
    plain boolean NOT NULL DEFAULT false,
    repeated boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    sent_as text,
    traceparent text
) WITH (fillfactor = 70);
CREATE INDEX notification_waiting ON notification (next_try_at) WHERE status IN ('pending', 'retry', 'sending', 'unknown');
CREATE INDEX notification_to_update ON notification (update_at)
    WHERE status = 'sent' AND sent_as IS NULL AND shown_revision < card_revision;
CREATE INDEX notification_lead ON notification (lead_id);

CREATE TABLE channel_budget (
    address text PRIMARY KEY,
    next_send_at timestamptz NOT NULL,
    paused_until timestamptz
);
-- migrate:down
DROP TABLE channel_budget, notification, lead;
