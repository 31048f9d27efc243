-- Facts of all streams whose names begin alike, in pages: a book of books is read from its beginning,
-- and nobody has to hold more of it than one page. The index of streams and versions gives the order.
CREATE FUNCTION record.facts_named(
    p_prefix text, p_stream text, p_version int8, p_limit int8
) RETURNS SETOF record.facts
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY SELECT f.* FROM record.facts AS f
        WHERE (f.stream, f.version) > (p_stream COLLATE "C", p_version)
            AND starts_with(f.stream, p_prefix) AND f.stream < p_prefix || U&'\+10FFFF'
        ORDER BY f.stream, f.version LIMIT p_limit;
END $$;
