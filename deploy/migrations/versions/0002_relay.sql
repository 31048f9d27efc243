-- 转发 (the relays of one room): who sends which partition, how far it is sent, and the gate.
-- Everything is decided by this database's clock. Moving anything needs holder and epoch, so a
-- relay that was stopped and wakes up can do nothing here.

CREATE TABLE record.relays (
    until  timestamptz      NOT NULL,
    holder text COLLATE "C" NOT NULL,
    CONSTRAINT relays_holder PRIMARY KEY (holder)
) WITH (fillfactor = 20);

CREATE TABLE record.leases (
    until         timestamptz NOT NULL DEFAULT '-infinity',
    epoch         int8        NOT NULL DEFAULT 0,
    checked_start timestamptz,
    checked_oid   oid,
    partition     int4        NOT NULL,
    holder        text COLLATE "C",
    halted        text,
    CONSTRAINT leases_partition PRIMARY KEY (partition)
) WITH (fillfactor = 20);
COMMENT ON COLUMN record.leases.checked_start IS
    'the start of the server, and with checked_oid the gate, for which the topics were compared';
COMMENT ON COLUMN record.leases.halted IS 'why the room stopped: what the comparison found';

-- kafka_offset: up to there a reader of the topic has every record of this room up to seq. With
-- seq 0: up to there it holds none. NULL: not known. log_start: where the topic began then.
CREATE TABLE record.published (
    seq          int8             NOT NULL,
    kafka_offset int8,
    log_start    int8             NOT NULL DEFAULT 0,
    partition    int4             NOT NULL,
    topic        text COLLATE "C" NOT NULL,
    CONSTRAINT published_lane PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- The check that a lease carries holds for this start of the server and this gate table only.
CREATE FUNCTION record.is_checked(p_lease record.leases) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_lease.checked_start IS NOT DISTINCT FROM pg_postmaster_start_time()
        AND p_lease.checked_oid IS NOT DISTINCT FROM 'record.gate'::regclass::oid;
$$;

-- Opens the gate if every partition has passed the check and none has stopped the room.
CREATE FUNCTION record.try_gate() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM record.gate AS g WHERE g.started_at = pg_postmaster_start_time()
            AND g.table_oid = g.tableoid) THEN
        RETURN true;
    END IF;
    IF EXISTS (SELECT FROM record.leases AS l
            WHERE l.halted IS NOT NULL OR NOT record.is_checked(l)) THEN
        RETURN false;
    END IF;
    INSERT INTO record.gate (started_at, table_oid)
        VALUES (pg_postmaster_start_time(), 'record.gate'::regclass::oid)
        ON CONFLICT ((true)) DO UPDATE
        SET started_at = excluded.started_at, table_oid = excluded.table_oid;
    RETURN true;
END $$;

-- I am here; what I hold I go on holding, unless it has run out meanwhile.
CREATE FUNCTION record.relay_beat(p_holder text, p_life interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    DELETE FROM record.relays AS r WHERE r.until < v_now - interval '1 hour';
    INSERT INTO record.relays (holder, until) VALUES (p_holder, v_now + p_life)
        ON CONFLICT (holder) DO UPDATE SET until = excluded.until;
    PERFORM FROM record.leases AS l WHERE l.holder = p_holder ORDER BY l.partition FOR UPDATE;
    UPDATE record.leases AS l SET until = v_now + p_life
        WHERE l.holder = p_holder AND l.until > v_now;
    RETURN record.try_gate();
END $$;

-- Take what nobody holds, up to a fair share; what was taken, with its epochs, is read afterwards.
CREATE FUNCTION record.relay_take(p_holder text, p_life interval) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_live  int8;
    v_held  int8;
    v_all   int8;
    v_taken int4;
BEGIN
    SELECT count(*) INTO v_live FROM record.relays AS r WHERE r.until > v_now;
    SELECT count(*), count(*) FILTER (WHERE l.holder = p_holder AND l.until > v_now)
        INTO v_all, v_held FROM record.leases AS l;
    UPDATE record.leases AS l SET holder = p_holder, epoch = l.epoch + 1, until = v_now + p_life
        WHERE l.partition IN (
            SELECT f.partition FROM record.leases AS f
            WHERE f.holder IS NULL OR f.until <= v_now
            ORDER BY f.partition
            LIMIT greatest(ceil(v_all::numeric / greatest(v_live, 1))::int8 - v_held, 0)
            FOR UPDATE SKIP LOCKED
        );
    GET DIAGNOSTICS v_taken = ROW_COUNT;
    RETURN v_taken;
END $$;

-- Whether the lease is held so; from here to the end of the transaction it stays so.
CREATE FUNCTION record.relay_holds(p_holder text, p_partition int4, p_epoch int8) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM record.leases AS l
        WHERE l.partition = p_partition AND l.holder = p_holder AND l.epoch = p_epoch FOR UPDATE;
    RETURN FOUND;
END $$;

-- The topics of the partition were compared with the record; p_*: how far they are sent in truth.
CREATE FUNCTION record.relay_checked(
    p_holder text, p_partition int4, p_epoch int8,
    p_topics text[], p_seqs int8[], p_offsets int8[], p_log_starts int8[]
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT record.relay_holds(p_holder, p_partition, p_epoch) THEN
        RETURN false;
    END IF;
    INSERT INTO record.published AS p (topic, partition, seq, kafka_offset, log_start)
        SELECT u.topic, p_partition, u.seq, u.kafka_offset, u.log_start
        FROM unnest(p_topics, p_seqs, p_offsets, p_log_starts)
            AS u (topic, seq, kafka_offset, log_start)
        ON CONFLICT (topic, partition) DO UPDATE SET seq = excluded.seq,
            kafka_offset = excluded.kafka_offset, log_start = excluded.log_start;
    UPDATE record.leases AS l SET halted = NULL, checked_start = pg_postmaster_start_time(),
            checked_oid = 'record.gate'::regclass::oid
        WHERE l.partition = p_partition;
    PERFORM record.try_gate();
    RETURN true;
END $$;

-- The comparison failed: no fact is taken before the next one that passes.
CREATE FUNCTION record.relay_halt(
    p_holder text, p_partition int4, p_epoch int8, p_reason text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT record.relay_holds(p_holder, p_partition, p_epoch) THEN
        RETURN false;
    END IF;
    UPDATE record.leases AS l SET halted = p_reason, checked_start = NULL, checked_oid = NULL
        WHERE l.partition = p_partition;
    DELETE FROM record.gate;
    RETURN true;
END $$;

-- Moves `published` over what was acknowledged. Returns the partitions that were not moved,
-- because they are no longer held so or were not compared since the server started.
CREATE FUNCTION record.relay_publish(
    p_holder text, p_partitions int4[], p_epochs int8[],
    p_topics text[], p_seqs int8[], p_offsets int8[]
) RETURNS int4[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_held int4[];
BEGIN
    WITH held AS (
        SELECT l.partition FROM record.leases AS l
        JOIN (SELECT DISTINCT partition, epoch FROM unnest(p_partitions, p_epochs)
                AS u (partition, epoch)) AS u
            ON u.partition = l.partition AND u.epoch = l.epoch
        WHERE l.holder = p_holder AND record.is_checked(l) AND l.halted IS NULL
        ORDER BY l.partition FOR SHARE OF l
    )
    SELECT coalesce(array_agg(h.partition), '{}') INTO v_held FROM held AS h;
    INSERT INTO record.published AS p (topic, partition, seq, kafka_offset)
        SELECT u.topic, u.partition, u.seq, u.kafka_offset
        FROM unnest(p_topics, p_partitions, p_seqs, p_offsets)
            AS u (topic, partition, seq, kafka_offset)
        WHERE u.partition = ANY (v_held)
        ORDER BY u.topic, u.partition
        ON CONFLICT (topic, partition) DO UPDATE
        SET seq = excluded.seq, kafka_offset = excluded.kafka_offset WHERE p.seq < excluded.seq;
    RETURN ARRAY(SELECT DISTINCT u FROM unnest(p_partitions) AS u WHERE u <> ALL (v_held));
END $$;

-- Let go of partitions that are flushed; NULL: of all, and be gone.
CREATE FUNCTION record.relay_release(p_holder text, p_partitions int4[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM record.leases AS l WHERE l.holder = p_holder ORDER BY l.partition FOR UPDATE;
    UPDATE record.leases AS l SET holder = NULL, until = '-infinity'
        WHERE l.holder = p_holder
        AND (p_partitions IS NULL OR l.partition = ANY (p_partitions));
    IF p_partitions IS NULL THEN
        DELETE FROM record.relays AS r WHERE r.holder = p_holder;
    END IF;
END $$;

-- Send again from behind p_to. Position, offset and epoch change in one statement, the lease first,
-- which fences whoever holds it. Returns where it stood; NULL: nothing behind p_to was sent.
CREATE FUNCTION record.relay_rewind(p_topic text, p_partition int4, p_to int8) RETURNS int8
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH stood AS (
        SELECT p.seq FROM record.published AS p
        WHERE p.topic = p_topic AND p.partition = p_partition AND p.seq >= p_to AND p_to >= 0
    ), fenced AS (
        UPDATE record.leases AS l SET epoch = l.epoch + 1, holder = NULL, until = '-infinity'
        FROM stood WHERE l.partition = p_partition RETURNING l.partition, stood.seq AS stood
    )
    UPDATE record.published AS p SET seq = p_to, kafka_offset = NULL
        FROM fenced WHERE p.topic = p_topic AND p.partition = fenced.partition
        RETURNING fenced.stood;
$$;

-- Owner only, gate closed: facts of one partition that the journal has and the record lacks, put
-- back byte for byte. They must follow the counter and the streams' hashes without a gap.
CREATE FUNCTION record.restore_facts(
    p_partition int4, f_seq int8[], f_recorded_at timestamptz[], f_stream text[], f_version int8[],
    f_fact uuid[], f_command uuid[], f_n int4[], f_type text[], f_ticket text[],
    f_previous bytea[], f_hash bytea[], f_body bytea[], f_public bytea[]
) RETURNS int8
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nothing constant bytea := decode(repeat('00', 32), 'hex');
    v_seq      int8;
    v_version  int8;
    v_previous bytea;
    i int4;
BEGIN
    DELETE FROM record.gate;
    SELECT c.seq INTO STRICT v_seq FROM record.counters AS c
        WHERE c.partition = p_partition FOR UPDATE;
    FOR i IN 1 .. cardinality(f_seq) LOOP
        IF f_seq[i] <> v_seq + i THEN
            RAISE EXCEPTION 'partition %: seq % does not follow %', p_partition, f_seq[i],
                v_seq + i - 1;
        END IF;
        IF f_hash[i] <> sha256(f_previous[i] || int4send(p_partition) || int8send(f_seq[i])
                || int8send((extract(epoch FROM f_recorded_at[i]) * 1000000)::int8) || f_body[i])
        THEN
            RAISE EXCEPTION 'partition %, seq %: the hash is not that of the bytes', p_partition,
                f_seq[i];
        END IF;
        INSERT INTO record.heads AS h (stream, version, partition)
            VALUES (f_stream[i], 0, p_partition) ON CONFLICT (stream) DO NOTHING;
        UPDATE record.heads AS h SET version = h.version + 1
            WHERE h.stream = f_stream[i] AND h.partition = p_partition
            RETURNING h.version INTO v_version;
        SELECT f.hash INTO v_previous FROM record.facts AS f
            WHERE f.stream = f_stream[i] AND f.version = f_version[i] - 1;
        IF v_version IS DISTINCT FROM f_version[i]
            OR coalesce(v_previous, v_nothing) <> f_previous[i]
        THEN
            RAISE EXCEPTION 'partition %, seq %: it does not follow % of stream %', p_partition,
                f_seq[i], f_version[i] - 1, f_stream[i];
        END IF;
        INSERT INTO record.facts (
            partition, seq, recorded_at, stream, version, fact_id, command_id, n, type, ticket,
            previous_hash, hash, body, public
        ) VALUES (
            p_partition, f_seq[i], f_recorded_at[i], f_stream[i], f_version[i], f_fact[i],
            f_command[i], f_n[i], f_type[i], f_ticket[i], f_previous[i], f_hash[i], f_body[i],
            f_public[i]
        );
    END LOOP;
    UPDATE record.counters AS c SET seq = v_seq + cardinality(f_seq),
            recorded_at = greatest(c.recorded_at, (SELECT max(at) FROM unnest(f_recorded_at) AS at))
        WHERE c.partition = p_partition;
    -- The ticket numbers they carry are taken (as record.restore_numbers has it), in the same
    -- transaction: the gate may open right behind it.
    INSERT INTO record.numbers AS n (branch, day, last)
        SELECT m[1], to_date(m[2], 'YYYYMMDD'), max(m[3]::int4)
        FROM unnest(f_ticket) AS t (ticket),
            regexp_match(t.ticket, '^BX-(.+)-(\d{8})-(\d{1,9})$') AS m
        WHERE m IS NOT NULL GROUP BY 1, 2
        ON CONFLICT (branch, day) DO UPDATE SET last = greatest(n.last, excluded.last);
    RETURN cardinality(f_seq);
END $$;
