-- 干预 (interventions): what people made of this record by hand, and numbers that no fact has.

-- Kept for ever. `what` says in words what was done.
CREATE TABLE record.interventions (
    at     timestamptz      NOT NULL DEFAULT clock_timestamp(),
    actor  text             NOT NULL,
    verb   text COLLATE "C" NOT NULL,
    what   text             NOT NULL,
    reason text             NOT NULL
);

CREATE FUNCTION record.intervene(p_actor text, p_verb text, p_what text, p_reason text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO record.interventions (actor, verb, what, reason)
        VALUES (p_actor, p_verb, p_what, p_reason);
$$;

-- Numbers between two facts of a partition that were skipped, and that somebody has declared void.
-- The fact behind them follows the one before them. Written by the owner alone.
CREATE TABLE record.void_numbers (
    first_seq int8 NOT NULL,
    last_seq  int8 NOT NULL CHECK (last_seq >= first_seq),
    partition int4 NOT NULL,
    CONSTRAINT void_numbers_first PRIMARY KEY (partition, first_seq),
    CONSTRAINT void_numbers_last UNIQUE (partition, last_seq)
);
