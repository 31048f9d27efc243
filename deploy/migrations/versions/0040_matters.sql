-- Streams that were begun on the same matter within an hour, the newest 20 of each word and 60 in
-- all; and the caller's own is noted beside them. Whoever has a word keeps it until their transaction ends: who
-- comes second waits for that, and sees what was written. Sorted by what is locked, so that two
-- with the same words never wait in a circle. Each statement sees what is committed when it begins.
CREATE FUNCTION record.meet(p_words bytea[], p_stream text, p_subject text)
RETURNS TABLE (nth int4, met text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_key   int8;
    v_since timestamptz := clock_timestamp() - interval '1 hour';
BEGIN
    -- The lock of lookup.forget: either it sees our row, or we see who is forgotten.
    PERFORM pg_advisory_xact_lock_shared(4160271859203);
    FOR v_key IN
        SELECT DISTINCT ('x' || encode(substr(w, 1, 8), 'hex'))::bit(64)::int8
        FROM unnest(p_words) AS w ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(v_key);
    END LOOP;
    DELETE FROM lookup.matters AS gone WHERE (gone.word, gone.stream) IN (
        SELECT o.word, o.stream FROM lookup.matters AS o WHERE o.written_at < v_since
        ORDER BY o.written_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    RETURN QUERY SELECT w.nth::int4, found.stream
        FROM unnest(p_words) WITH ORDINALITY AS w (word, nth)
        CROSS JOIN LATERAL (
            SELECT m.stream, m.written_at FROM lookup.matters AS m
            WHERE m.word = w.word AND m.stream <> p_stream AND m.written_at >= v_since
            ORDER BY m.written_at DESC LIMIT 20
        ) AS found ORDER BY found.written_at DESC LIMIT 60;
    INSERT INTO lookup.matters (word, stream, subject)
        SELECT DISTINCT w, p_stream, p_subject FROM unnest(p_words) AS w
        WHERE NOT EXISTS (SELECT FROM lookup.forgotten AS f WHERE f.subject = p_subject)
        ON CONFLICT ON CONSTRAINT matters_once DO NOTHING;
END $$;
