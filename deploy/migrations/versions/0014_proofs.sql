-- 证明 (proofs): from which seq on which key proves a partition's records; a copy of what the key
-- store has of every room. The keys are wrapped together with their places.
CREATE TABLE record.proofs (
    copied_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    first_seq int8             NOT NULL,
    partition int4             NOT NULL,
    n         int4             NOT NULL CHECK (n > 0),
    room      text COLLATE "C" NOT NULL,
    key_id    bytea            NOT NULL,
    wrapped   bytea            NOT NULL,
    CONSTRAINT proofs_once PRIMARY KEY (room, partition, n)
);

-- After a rotation of the master key the look-up is filled again; what was not written since then goes.
ALTER TABLE lookup.entries ADD COLUMN written_at timestamptz NOT NULL DEFAULT clock_timestamp();

-- The counters stay locked until the end of the transaction, so no fact is recorded meanwhile.
CREATE FUNCTION record.next_seqs() RETURNS TABLE (partition int4, first_seq int8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM record.counters AS c ORDER BY c.partition FOR UPDATE;
    RETURN QUERY SELECT c.partition, c.seq + 1 FROM record.counters AS c;
END $$;

-- A row never changes its place. After a rotation of the master key it is wrapped anew.
CREATE FUNCTION record.keep_proofs(
    p_rooms text[], p_partitions int4[], p_ns int4[], p_firsts int8[], p_ids bytea[],
    p_wrapped bytea[]
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO record.proofs AS p (room, partition, n, first_seq, key_id, wrapped)
        SELECT * FROM unnest(p_rooms, p_partitions, p_ns, p_firsts, p_ids, p_wrapped)
        ON CONFLICT ON CONSTRAINT proofs_once DO UPDATE SET wrapped = excluded.wrapped
        WHERE p.first_seq = excluded.first_seq AND p.key_id = excluded.key_id
        AND p.wrapped <> excluded.wrapped;
$$;
