-- The doors into the record. Each runs as the owner, with a search_path nobody else can bend.
--   RC001 Conflict   RC002 CommandKnown   RC003 KeyReused   RC004 GateClosed   RC005 ClaimedTooLate
-- Locks are taken in one order by everybody: command ids, heads by name, counters ascending, last.
-- A session keeps the plans it made when the tables were small; so scans of whole tables, the best
-- plan for a dozen rows, are ruled out.

-- Sorted by what is locked, so that two calls with the same commands never wait in a circle.
CREATE FUNCTION record.lock_commands(p_commands uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_key int8;
BEGIN
    FOR v_key IN SELECT DISTINCT uuid_hash_extended(c, 0) FROM unnest(p_commands) AS c ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(v_key);
    END LOOP;
END $$;

-- The ids are locked already, so nobody else can be writing these rows.
CREATE FUNCTION record.remember_commands(p_commands uuid[], p_body_macs bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_reused boolean;
BEGIN
    SELECT bool_or(c.body_mac <> u.body_mac) INTO v_reused
        FROM unnest(p_commands, p_body_macs) AS u (command_id, body_mac)
        JOIN record.commands AS c USING (command_id);
    IF v_reused THEN
        RAISE EXCEPTION 'a command came before with another body' USING ERRCODE = 'RC003';
    ELSIF NOT v_reused THEN
        RAISE EXCEPTION 'a command is known' USING ERRCODE = 'RC002';
    END IF;
    INSERT INTO record.commands (command_id, body_mac)
        SELECT u.command_id, u.body_mac
        FROM unnest(p_commands, p_body_macs) AS u (command_id, body_mac);
END $$;

-- The everyday append: one fact of one command on the only stream that was read.
CREATE FUNCTION record.append_one(
    p_stream text, p_expected int8, p_partition int4, p_fact uuid, p_command uuid, p_type text,
    p_ticket text, p_occurred_at timestamptz, p_body bytea, p_public bytea, p_body_mac bytea
) RETURNS int8[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_partition int4 := p_partition;
    v_previous  bytea := decode(repeat('00', 32), 'hex');
    v_seq       int8;
    v_at        timestamptz;
BEGIN
    PERFORM FROM record.gate AS g
        WHERE g.started_at = pg_postmaster_start_time() AND g.table_oid = g.tableoid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the record has not been compared with Kafka' USING ERRCODE = 'RC004';
    END IF;
    IF p_occurred_at > clock_timestamp() + interval '5 minutes' THEN
        RAISE EXCEPTION 'occurred_at % lies in the future', p_occurred_at USING ERRCODE = 'RC005';
    END IF;
    IF NOT pg_try_advisory_xact_lock(uuid_hash_extended(p_command, 0)) THEN
        PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_command, 0));
    END IF;
    IF p_body_mac IS NOT NULL THEN
        PERFORM record.remember_commands(ARRAY[p_command], ARRAY[p_body_mac]);
    END IF;
    IF p_expected = 0 THEN
        INSERT INTO record.heads (stream, version, partition) VALUES (p_stream, 1, p_partition);
    ELSE
        UPDATE record.heads AS h SET version = p_expected + 1
            WHERE h.stream = p_stream AND h.version = p_expected
            RETURNING h.partition INTO v_partition;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'stream % is not at %', p_stream, p_expected USING ERRCODE = 'RC001';
        END IF;
        SELECT f.hash INTO STRICT v_previous FROM record.facts AS f
            WHERE f.stream = p_stream AND f.version = p_expected;
    END IF;
    UPDATE record.counters AS c
        SET seq = c.seq + 1, recorded_at = greatest(clock_timestamp(), c.recorded_at)
        WHERE c.partition = v_partition RETURNING c.seq, c.recorded_at INTO STRICT v_seq, v_at;
    INSERT INTO record.facts (
        partition, seq, recorded_at, stream, version, fact_id, command_id, n, type, ticket,
        previous_hash, hash, body, public
    ) VALUES (
        v_partition, v_seq, v_at, p_stream, p_expected + 1, p_fact, p_command, 0, p_type, p_ticket,
        v_previous,
        sha256(v_previous || int4send(v_partition) || int8send(v_seq)
            || int8send((extract(epoch FROM v_at) * 1000000)::int8) || p_body),
        p_body, p_public
    );
    RETURN ARRAY[v_partition, v_seq];
END $$;

-- The general append. p_streams: every stream that was read, with the version that was seen, how
-- many facts are written on it (0: only read) and where it goes if it is new. f_*: the facts, in
-- order; f_stream points into p_streams. Returns partition, last seq, partition, last seq, …
CREATE FUNCTION record.append_many(
    p_streams text[], p_expected int8[], p_writes int4[], p_partitions int4[],
    p_commands uuid[], p_remembered uuid[], p_body_macs bytea[], p_occurred_at timestamptz,
    f_stream int4[], f_fact uuid[], f_command uuid[], f_n int4[], f_type text[], f_ticket text[],
    f_body bytea[], f_public bytea[]
) RETURNS int8[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_nothing  constant bytea := decode(repeat('00', 32), 'hex');
    v_previous bytea[] := array_fill(v_nothing, ARRAY[cardinality(p_streams)]);
    v_partition int4;
    v_hash     bytea;
    v_at       timestamptz;
    v_micros   bytea;
    v_touched  int4[];
    v_seqs     int8[];
    v_last     int8[];
    f_partition int4[];
    f_seq       int8[];
    f_version   int8[];
    f_previous  bytea[];
    f_hash      bytea[];
    i int4;
    s int4;
BEGIN
    PERFORM FROM record.gate AS g
        WHERE g.started_at = pg_postmaster_start_time() AND g.table_oid = g.tableoid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the record has not been compared with Kafka' USING ERRCODE = 'RC004';
    END IF;
    IF p_occurred_at > clock_timestamp() + interval '5 minutes' THEN
        RAISE EXCEPTION 'occurred_at % lies in the future', p_occurred_at USING ERRCODE = 'RC005';
    END IF;
    PERFORM record.lock_commands(p_commands);
    PERFORM record.remember_commands(p_remembered, p_body_macs);
    PERFORM FROM record.facts AS f WHERE f.command_id = ANY (p_commands) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a command is known' USING ERRCODE = 'RC002';
    END IF;

    FOR s IN SELECT o FROM unnest(p_streams) WITH ORDINALITY AS u (name, o)
        ORDER BY name COLLATE "C"
    LOOP
        IF p_expected[s] = 0 THEN
            -- Also for a stream that is only looked at: the row keeps others from making the
            -- stream until this commit, and leaves with it.
            INSERT INTO record.heads (stream, version, partition)
                VALUES (p_streams[s], p_writes[s], coalesce(p_partitions[s], 0));
            IF p_writes[s] = 0 THEN
                DELETE FROM record.heads AS h WHERE h.stream = p_streams[s];
            END IF;
        ELSIF p_writes[s] = 0 THEN
            PERFORM FROM record.heads AS h
                WHERE h.stream = p_streams[s] AND h.version = p_expected[s] FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'stream % is not at %', p_streams[s], p_expected[s]
                    USING ERRCODE = 'RC001';
            END IF;
        ELSE
            UPDATE record.heads AS h SET version = h.version + p_writes[s]
                WHERE h.stream = p_streams[s] AND h.version = p_expected[s]
                RETURNING h.partition INTO v_partition;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'stream % is not at %', p_streams[s], p_expected[s]
                    USING ERRCODE = 'RC001';
            END IF;
            p_partitions[s] := v_partition;
            SELECT f.hash INTO STRICT v_hash FROM record.facts AS f
                WHERE f.stream = p_streams[s] AND f.version = p_expected[s];
            v_previous[s] := v_hash;
        END IF;
    END LOOP;
    IF coalesce(cardinality(f_stream), 0) = 0 THEN
        RETURN '{}';
    END IF;

    SELECT array_agg(p_partitions[u.s] ORDER BY u.o) INTO f_partition
        FROM unnest(f_stream) WITH ORDINALITY AS u (s, o);
    WITH locked AS (
        SELECT c.partition, c.seq, c.recorded_at FROM record.counters AS c
        WHERE c.partition = ANY (f_partition) ORDER BY c.partition FOR UPDATE
    )
    SELECT array_agg(l.partition), array_agg(l.seq), max(l.recorded_at)
        INTO v_touched, v_seqs, v_at FROM locked AS l;
    v_at := greatest(clock_timestamp(), v_at);
    v_micros := int8send((extract(epoch FROM v_at) * 1000000)::int8);

    FOR i IN 1 .. cardinality(f_stream) LOOP
        s := f_stream[i];
        p_expected[s] := p_expected[s] + 1;
        f_version[i] := p_expected[s];
        f_seq[i] := v_seqs[array_position(v_touched, f_partition[i])] + 1;
        v_seqs[array_position(v_touched, f_partition[i])] := f_seq[i];
        f_previous[i] := v_previous[s];
        f_hash[i] := sha256(v_previous[s] || int4send(f_partition[i]) || int8send(f_seq[i])
            || v_micros || f_body[i]);
        v_previous[s] := f_hash[i];
    END LOOP;
    FOR i IN 1 .. cardinality(v_touched) LOOP
        UPDATE record.counters AS c SET seq = v_seqs[i], recorded_at = v_at
            WHERE c.partition = v_touched[i];
        v_last := v_last || ARRAY[v_touched[i]::int8, v_seqs[i]];
    END LOOP;
    INSERT INTO record.facts (
        partition, seq, recorded_at, stream, version, fact_id, command_id, n, type, ticket,
        previous_hash, hash, body, public
    )
    SELECT u.partition, u.seq, v_at, p_streams[u.s], u.version, u.fact, u.command, u.n, u.type,
        u.ticket, u.previous, u.hash, u.body, u.public
    FROM unnest(f_partition, f_seq, f_stream, f_version, f_fact, f_command, f_n, f_type, f_ticket,
        f_previous, f_hash, f_body, f_public)
        AS u (partition, seq, s, version, fact, command, n, type, ticket, previous, hash, body, public);
    RETURN v_last;
END $$;

-- The next ticket number of a branch's local day; it returns if the transaction rolls back.
CREATE FUNCTION record.take_number(p_command uuid, p_branch text, p_day date) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_last int4;
BEGIN
    PERFORM record.lock_commands(ARRAY[p_command]);
    IF EXISTS (SELECT FROM record.facts AS f WHERE f.command_id = p_command)
        OR EXISTS (SELECT FROM record.commands AS c WHERE c.command_id = p_command)
    THEN
        RAISE EXCEPTION 'command % is known', p_command USING ERRCODE = 'RC002';
    END IF;
    INSERT INTO record.numbers AS n (branch, day, last) VALUES (p_branch, p_day, 1)
        ON CONFLICT (branch, day) DO UPDATE SET last = n.last + 1 RETURNING n.last INTO v_last;
    RETURN v_last;
END $$;

-- After a restore: the numbers that facts carry (BX-<branch>-<yyyymmdd>-<n>) are taken.
CREATE FUNCTION record.restore_numbers() RETURNS int8
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH taken AS (
        SELECT m[1] AS branch, to_date(m[2], 'YYYYMMDD') AS day, max(m[3]::int4) AS last
        FROM (SELECT DISTINCT ticket FROM record.facts WHERE ticket IS NOT NULL) AS t,
            regexp_match(t.ticket, '^BX-(.+)-(\d{8})-(\d{1,9})$') AS m
        WHERE m IS NOT NULL GROUP BY 1, 2
    ), restored AS (
        INSERT INTO record.numbers AS n (branch, day, last) SELECT branch, day, last FROM taken
        ON CONFLICT (branch, day) DO UPDATE SET last = greatest(n.last, excluded.last)
        RETURNING 1
    )
    SELECT count(*) FROM restored;
$$;

-- Rows of commands older than p_keep leave, at most p_limit at once. Their facts stay for ever.
CREATE FUNCTION record.forget_commands(p_keep interval, p_limit int4) RETURNS int8
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM record.commands AS c WHERE c.command_id IN (
            SELECT o.command_id FROM record.commands AS o
            WHERE o.created_at < clock_timestamp() - greatest(p_keep, interval '1 day')
            ORDER BY o.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED
        ) RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
