-- 等待 (what waits): why a partition is not sent, leases that outlive everybody, and moved heads.

-- too-large, refused: by Kafka. lacks: the record has not got the fact.
ALTER TABLE record.leases ADD COLUMN refused_kind text
    CONSTRAINT leases_refused_kind CHECK (refused_kind IN ('too-large', 'refused', 'lacks'));
UPDATE record.leases SET refused_kind =
    CASE WHEN starts_with(refused, 'the record lacks') THEN 'lacks' ELSE 'too-large' END
    WHERE refused IS NOT NULL;
COMMENT ON COLUMN record.leases.refused IS
    'the record of this partition that cannot be sent; the partition waits';

-- Says that the partition waits for this record, or with NULLs that it waits no longer. False if it
-- is held no longer.
DROP FUNCTION record.relay_refused(text, int4, int8, text);
CREATE FUNCTION record.relay_refused(
    p_holder text, p_partition int4, p_epoch int8, p_kind text, p_record text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT record.relay_holds(p_holder, p_partition, p_epoch) THEN
        RETURN false;
    END IF;
    UPDATE record.leases AS l SET refused = p_record, refused_kind = p_kind
        WHERE l.partition = p_partition;
    RETURN true;
END $$;

-- A lease or a relay that claims far more time than anybody is given is a ghost's: somebody wrote it
-- by hand, or the server's clock was set back. Twice the life, because two sessions that beat at the
-- same time do not see one order of the clock.
CREATE FUNCTION record.is_held(p_until timestamptz, p_now timestamptz, p_life interval)
RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_until > p_now AND p_until <= p_now + 2 * p_life;
$$;

-- Whose partition was taken over though its lease had not run out. Kept for ever.
CREATE TABLE record.taken_over (
    at        timestamptz      NOT NULL DEFAULT clock_timestamp(),
    until     timestamptz      NOT NULL,
    partition int4             NOT NULL,
    holder    text COLLATE "C",
    heir      text COLLATE "C" NOT NULL
);

CREATE OR REPLACE FUNCTION record.relay_beat(p_holder text, p_life interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    DELETE FROM record.relays AS r WHERE r.until < v_now - interval '1 hour'
        OR (r.until > v_now AND NOT record.is_held(r.until, v_now, p_life));
    INSERT INTO record.relays (holder, until) VALUES (p_holder, v_now + p_life)
        ON CONFLICT (holder) DO UPDATE SET until = excluded.until;
    PERFORM FROM record.leases AS l WHERE l.holder = p_holder ORDER BY l.partition FOR UPDATE;
    UPDATE record.leases AS l SET until = v_now + p_life
        WHERE l.holder = p_holder AND l.until > v_now;
    RETURN record.try_gate();
END $$;

CREATE OR REPLACE FUNCTION record.relay_take(p_holder text, p_life interval) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_live  int8;
    v_held  int8;
    v_all   int8;
    v_taken int4;
BEGIN
    SELECT count(*) INTO v_live FROM record.relays AS r
        WHERE record.is_held(r.until, v_now, p_life);
    SELECT count(*), count(*) FILTER (WHERE l.holder = p_holder AND l.until > v_now)
        INTO v_all, v_held FROM record.leases AS l;
    WITH free AS (
        SELECT f.partition, f.holder, f.until FROM record.leases AS f
        WHERE f.holder IS NULL OR NOT record.is_held(f.until, v_now, p_life)
        ORDER BY f.partition
        LIMIT greatest(ceil(v_all::numeric / greatest(v_live, 1))::int8 - v_held, 0)
        FOR UPDATE SKIP LOCKED
    ), ghosts AS (
        INSERT INTO record.taken_over (until, partition, holder, heir)
            SELECT f.until, f.partition, f.holder, p_holder FROM free AS f
            WHERE f.holder IS NOT NULL AND f.until > v_now
    )
    UPDATE record.leases AS l SET holder = p_holder, epoch = l.epoch + 1, until = v_now + p_life
        FROM free AS f WHERE l.partition = f.partition;
    GET DIAGNOSTICS v_taken = ROW_COUNT;
    RETURN v_taken;
END $$;
