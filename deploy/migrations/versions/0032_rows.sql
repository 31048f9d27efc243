-- 墙 (the wall): web processes are shown facts, documents and look-ups of the branches that are named
-- for a statement. What is decided reads whole streams and foreign cards, and so it reads by name:
-- by the functions of this file, which show all of what they are asked for or nothing.
-- A session plans each of them once, for whatever values come, because planning costs more than the
-- reading. It keeps the plan when the tables have grown, so the scans and joins that are best for a
-- dozen rows are ruled out.

-- The branch that a fact or a public document says. None: the bytes say nothing that can be read.
CREATE FUNCTION record.branch_said(p_body bytea) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN convert_from(p_body, 'UTF8')::jsonb ->> 'branch';
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN NULL;
END $$;

-- A stream belongs to the branch of its newest fact.
CREATE FUNCTION record.branch_of(p_stream text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT record.branch_said(f.body) FROM record.facts AS f WHERE f.stream = p_stream
        ORDER BY f.version DESC LIMIT 1
    );
END $$;

CREATE FUNCTION record.read_streams(p_streams text[]) RETURNS SETOF record.facts
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT f.* FROM record.facts AS f WHERE f.stream = ANY (p_streams)
        ORDER BY f.stream, f.version;
END $$;

-- ":" follows the digits in ASCII. So this finds by the index all names that go on with a digit.
CREATE FUNCTION record.read_series(p_prefixes text[]) RETURNS SETOF record.facts
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY SELECT f.* FROM unnest(p_prefixes) AS p (prefix)
        JOIN record.facts AS f ON f.stream BETWEEN p.prefix AND p.prefix || ':'
        ORDER BY f.stream, f.version;
END $$;

CREATE FUNCTION record.read_after(p_stream text, p_version int8, p_limit int8)
RETURNS SETOF record.facts
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT f.* FROM record.facts AS f
        WHERE f.stream = p_stream AND f.version > p_version ORDER BY f.version LIMIT p_limit;
END $$;

-- What is known of commands: a row of nulls for one that is not known.
CREATE FUNCTION record.known_commands(p_ids uuid[]) RETURNS TABLE (
    asked uuid, body_mac bytea, partition int4, seq int8, recorded_at timestamptz,
    previous_hash bytea, hash bytea, stream text, type text, body bytea, public bytea
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT a.id, c.body_mac, f.partition, f.seq, f.recorded_at, f.previous_hash,
            f.hash, f.stream, f.type, f.body, f.public
        FROM unnest(p_ids) AS a (id)
        LEFT JOIN record.commands AS c ON c.command_id = a.id
        LEFT JOIN record.facts AS f ON f.command_id = a.id
        ORDER BY a.id, f.n;
END $$;

-- One statement, so that what others append meanwhile is in both or in neither.
CREATE FUNCTION record.lost_ends(p_streams text[]) RETURNS TABLE (stream text, version int8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT s.name, coalesce(h.version, 0)
        FROM unnest(p_streams) AS s (name)
        LEFT JOIN record.heads AS h ON h.stream = s.name
        LEFT JOIN LATERAL (
            SELECT l.version, l.partition FROM record.facts AS l WHERE l.stream = s.name
            ORDER BY l.version DESC LIMIT 1
        ) AS f ON true
        WHERE (h.version, h.partition) IS DISTINCT FROM (f.version, f.partition);
END $$;

-- Read by the index of the heads alone: no fact of any other stream is looked at.
CREATE FUNCTION record.streams_named(p_prefix text, p_after text, p_limit int8) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT h.stream FROM record.heads AS h
        WHERE h.stream > p_after AND starts_with(h.stream, p_prefix)
            AND h.stream < p_prefix || U&'\+10FFFF'
        ORDER BY h.stream LIMIT p_limit;
END $$;

-- Snapshots of these programs that the record has the fact of.
CREATE FUNCTION record.valid_snapshots(p_streams text[], p_fingerprints bytea[])
RETURNS SETOF worker.snapshots
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM worker.snapshots AS s
        JOIN unnest(p_streams, p_fingerprints) AS w (stream, fingerprint)
            ON w.stream = s.stream AND w.fingerprint = s.fingerprint
        JOIN record.facts AS f ON f.stream = s.stream AND f.version = s.version
            AND f.hash = s.hash AND f.partition = s.partition AND f.seq = s.seq;
END $$;

-- The names of the papers that are a ticket's own: they bear its number.
CREATE FUNCTION record.papers_of(p_ticket text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT f.stream FROM record.facts AS f WHERE f.ticket = p_ticket
        AND substr(f.stream, strpos(f.stream, '-') + 1) = p_ticket;
END $$;

-- The newest public document of another room's stream: whoever decides asks for it by name.
CREATE FUNCTION record.newest_document(p_room text, p_stream text) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT d.body FROM worker.documents AS d WHERE d.room = p_room AND d.stream = p_stream
    );
END $$;

-- What is parked names streams of every branch, and why. Web processes are told how many rows of a
-- view are: of all, of those that they have shown, and of those with a key that is not there.
CREATE FUNCTION record.is_any_parked(p_consumer text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (SELECT FROM worker.parked AS p
        WHERE p.consumer = p_consumer AND p.kind = 'row' AND p.discarded_at IS NULL);
END $$;

CREATE FUNCTION record.count_parked(p_consumer text, p_partitions int4[], p_keys text[])
RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT count(*) FROM worker.parked AS p
        JOIN unnest(p_partitions, p_keys) AS r (partition, key)
            ON r.partition = p.partition AND r.key = p.key
        WHERE p.consumer = p_consumer AND p.kind = 'row' AND p.discarded_at IS NULL);
END $$;

-- Of these branches ('*': of all), because the name of a row of another one is not theirs to know.
CREATE FUNCTION record.count_parked_unseen(p_consumer text, p_key text, p_branches text[])
RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT count(*) FROM worker.parked AS p
        LEFT JOIN worker.documents AS d ON d.room = p.room AND d.stream = p.stream
        WHERE p.consumer = p_consumer AND p.kind = 'row' AND p.key = p_key
        AND p.discarded_at IS NULL AND ('*' = ANY (p_branches)
            OR coalesce(record.branch_of(p.stream), record.branch_said(d.body))
                = ANY (p_branches)));
END $$;
