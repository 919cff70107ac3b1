-- migrate:up
CREATE TABLE domain_clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    machine_origin timestamptz NOT NULL,
    domain_origin timestamptz NOT NULL,
    rate double precision NOT NULL CHECK (rate > 0)
);
INSERT INTO domain_clock (machine_origin, domain_origin, rate) VALUES (now(), now(), 1);

CREATE FUNCTION domain_at(machine timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT domain_origin + (machine - machine_origin) * rate FROM baton.domain_clock
$$;
CREATE FUNCTION domain_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT baton.domain_at(clock_timestamp())
$$;

CREATE TABLE playbook (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL,
    name text NOT NULL,
    files jsonb NOT NULL,
    holidays jsonb NOT NULL,
    activated_at timestamptz NOT NULL
);

CREATE TABLE topic (
    name text PRIMARY KEY,
    topic_id text NOT NULL
);
-- migrate:down
DROP TABLE topic, playbook, domain_clock;
