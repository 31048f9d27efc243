-- 世代 (generations): from which seq on the facts of a partition belong to a new generation.

-- The first generation has no row. A later one begins where the record may have been set back: what
-- others have taken behind that place may be no fact of this record any more.
CREATE TABLE record.generations (
    begun_at   timestamptz      NOT NULL DEFAULT clock_timestamp(),
    first_seq  int8             NOT NULL CHECK (first_seq > 0),
    partition  int4             NOT NULL,
    generation text COLLATE "C" NOT NULL CHECK (generation ~ '^[0-9a-f]{32}$'),
    reason     text             NOT NULL,
    CONSTRAINT generations_first PRIMARY KEY (partition, first_seq)
);

-- Where the gate was last opened; no row before the first time. A restored or copied database still
-- names the one it came from.
CREATE TABLE record.opened_in (place text NOT NULL);
CREATE UNIQUE INDEX opened_in_single ON record.opened_in ((true));

-- A dump read in again has other tables, a copy is another database, and a backup of the files that
-- was rolled forward goes on in another timeline.
CREATE FUNCTION record.place_of(p_database oid, p_gate oid) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_database || '/' || p_gate || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
$$;

-- A dump from before this table existed says in its leases where its topics were compared.
INSERT INTO record.opened_in (place)
    SELECT record.place_of(max(l.checked_database), max(l.checked_oid)) FROM record.leases AS l
    WHERE l.checked_oid IS NOT NULL HAVING count(*) > 0;

-- Ids are random, but a later one is always greater: they begin with the time. Rows that no fact has
-- reached are replaced: facts of them may be known elsewhere. The counters stay locked, so no fact is
-- recorded meanwhile.
CREATE FUNCTION record.begin_generation(p_reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_last int8;
    v_id   text;
BEGIN
    PERFORM FROM record.counters AS c ORDER BY c.partition FOR UPDATE;
    SELECT coalesce(max(('x0000' || left(g.generation, 12))::bit(64)::int8), 0) INTO v_last
        FROM record.generations AS g;
    v_id := lpad(to_hex(greatest((extract(epoch FROM clock_timestamp()) * 1000)::int8, v_last + 1)),
            12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20);
    DELETE FROM record.generations AS g USING record.counters AS c
        WHERE g.partition = c.partition AND g.first_seq > c.seq;
    INSERT INTO record.generations (partition, first_seq, generation, reason)
        SELECT c.partition, c.seq + 1, v_id, p_reason FROM record.counters AS c;
    RETURN v_id;
END $$;

-- Owner only, before facts are put back: the generations that they were sent with.
CREATE FUNCTION record.keep_generations(p_partition int4, p_firsts int8[], p_ids text[])
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM record.generations AS g USING record.counters AS c
        WHERE g.partition = p_partition AND c.partition = p_partition AND g.first_seq > c.seq;
    INSERT INTO record.generations (partition, first_seq, generation, reason)
        SELECT DISTINCT ON (u.first_seq) p_partition, u.first_seq, u.id, 'put back from the journal'
        FROM unnest(p_firsts, p_ids) AS u (first_seq, id)
        ON CONFLICT DO NOTHING;
$$;

CREATE OR REPLACE FUNCTION record.try_gate() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_here text := record.place_of(record.this_database(), 'record.gate'::regclass::oid);
    v_last text;
BEGIN
    IF record.is_open() THEN
        RETURN true;
    END IF;
    IF EXISTS (SELECT FROM record.leases AS l
            WHERE l.halted IS NOT NULL OR NOT record.is_checked(l)) THEN
        RETURN false;
    END IF;
    SELECT o.place INTO v_last FROM record.opened_in AS o FOR UPDATE;
    IF v_last <> v_here THEN
        PERFORM record.begin_generation('opened in another database');
    END IF;
    INSERT INTO record.opened_in (place) VALUES (v_here)
        ON CONFLICT ((true)) DO UPDATE SET place = excluded.place;
    INSERT INTO record.gate (started_at, table_oid, database_oid)
        VALUES (pg_postmaster_start_time(), 'record.gate'::regclass::oid, record.this_database())
        ON CONFLICT ((true)) DO UPDATE
        SET started_at = excluded.started_at, table_oid = excluded.table_oid,
            database_oid = excluded.database_oid;
    RETURN true;
END $$;
