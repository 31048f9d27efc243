-- A room for stories has one row here; any other has none, for ever.
CREATE TABLE record.story_clock (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    ahead  interval NOT NULL DEFAULT interval '0' CHECK (ahead >= interval '0')
);
COMMENT ON TABLE record.story_clock IS
    'how far the clock of an installation for stories is ahead of the database''s; no row: it is real';

-- Whoever works on the table, as its owner too: facts of real time stay facts of real time, and no
-- clock goes back.
CREATE FUNCTION record.guard_story_clock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        LOCK TABLE record.facts IN SHARE MODE;
        IF EXISTS (SELECT FROM record.facts) THEN
            RAISE EXCEPTION 'facts of real time are recorded here' USING ERRCODE = 'RC008';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.ahead >= OLD.ahead THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a clock for stories only advances' USING ERRCODE = 'RC008';
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON record.story_clock
    FOR EACH ROW EXECUTE FUNCTION record.guard_story_clock();
CREATE TRIGGER kept BEFORE TRUNCATE ON record.story_clock
    EXECUTE FUNCTION record.guard_story_clock();

-- The moment by which trade is counted. Leases, time-outs and what is tidied away ask
-- clock_timestamp().
CREATE FUNCTION record.now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN clock_timestamp() + coalesce((SELECT s.ahead FROM record.story_clock AS s), '0');
END $$;

-- How far the clock is ahead; NULL: this room is real.
CREATE FUNCTION record.story_ahead() RETURNS interval
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.ahead FROM record.story_clock AS s;
$$;

-- Advance to so far ahead, unless it is further already. Raises RC008 in a real room.
CREATE FUNCTION record.advance_clock(p_ahead interval) RETURNS interval
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ahead interval;
BEGIN
    UPDATE record.story_clock AS s SET ahead = greatest(s.ahead, p_ahead)
        RETURNING s.ahead INTO v_ahead;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock of this room is real' USING ERRCODE = 'RC008';
    END IF;
    RETURN v_ahead;
END $$;
