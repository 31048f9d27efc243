-- 记录 (the record of one room): facts that never change, and what numbers and guards them.
-- Text is compared by bytes ("C"): lock order by name must not hang on a server's locale.

CREATE TABLE record.installation (
    room       text        NOT NULL,
    partitions int4        NOT NULL CHECK (partitions > 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX installation_single ON record.installation ((true));

CREATE TABLE record.facts (
    recorded_at   timestamptz      NOT NULL,
    seq           int8             NOT NULL,
    version       int8             NOT NULL,
    partition     int4             NOT NULL,
    n             int4             NOT NULL,
    fact_id       uuid             NOT NULL,
    command_id    uuid             NOT NULL,
    stream        text COLLATE "C" NOT NULL,
    type          text COLLATE "C" NOT NULL,
    ticket        text COLLATE "C",
    previous_hash bytea            NOT NULL,
    hash          bytea            NOT NULL,
    body          bytea            NOT NULL,
    public        bytea,
    CONSTRAINT facts_place PRIMARY KEY (partition, seq),
    CONSTRAINT facts_version UNIQUE (stream, version),
    CONSTRAINT facts_id UNIQUE (fact_id),
    CONSTRAINT facts_command UNIQUE (command_id, n)
);
CREATE INDEX facts_ticket ON record.facts (ticket) WHERE ticket IS NOT NULL;
-- `prev` on a milestone topic: the greatest smaller seq of this type in this partition.
CREATE INDEX facts_milestone ON record.facts (partition, type, seq) WHERE public IS NOT NULL;

CREATE FUNCTION record.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are never changed: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA,
        TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER facts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON record.facts
    FOR EACH STATEMENT EXECUTE FUNCTION record.refuse_change();
ALTER TABLE record.facts ENABLE ALWAYS TRIGGER facts_stay;

-- Room is left on each page of what is updated in place, so that no index is touched.
CREATE TABLE record.heads (
    version   int8             NOT NULL,
    partition int4             NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    CONSTRAINT heads_name PRIMARY KEY (stream)
) WITH (fillfactor = 80);

CREATE TABLE record.counters (
    seq         int8        NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT '-infinity',
    partition   int4        NOT NULL,
    CONSTRAINT counters_partition PRIMARY KEY (partition)
) WITH (fillfactor = 20);

CREATE TABLE record.commands (
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    command_id uuid        NOT NULL,
    body_mac   bytea       NOT NULL,
    CONSTRAINT commands_id PRIMARY KEY (command_id)
);
CREATE INDEX commands_created ON record.commands (created_at);

CREATE TABLE record.numbers (
    day    date             NOT NULL,
    branch text COLLATE "C" NOT NULL,
    last   int4             NOT NULL,
    CONSTRAINT numbers_day PRIMARY KEY (branch, day)
) WITH (fillfactor = 20);

-- The relays write this start of the server and this table's oid here once every partition was
-- compared with Kafka; a restart or a restore makes the row untrue, and the append refuses.
CREATE TABLE record.gate (
    started_at timestamptz NOT NULL,
    table_oid  oid         NOT NULL
);
CREATE UNIQUE INDEX gate_single ON record.gate ((true));
