-- The stream of a store's paper is like `purchase-CG-HZ01-2026-0001`; a ticket's has a whole day.
CREATE FUNCTION record.number_begun() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    m text[] := regexp_match(
        NEW.stream, '^[a-z_]+-([A-Z]{2})-([A-Z0-9]{2,8})-(\d{4})-(\d{1,9})$');
BEGIN
    INSERT INTO record.numbers AS n (branch, day, last)
        VALUES (m[1] || ':' || m[2], make_date(m[3]::int4, 1, 1), m[4]::int4)
        ON CONFLICT (branch, day) DO UPDATE SET last = excluded.last
            WHERE n.last < excluded.last;
    RETURN NULL;
END $$;

CREATE TRIGGER number_begun AFTER INSERT ON record.heads FOR EACH ROW
    WHEN (NEW.stream ~ '^[a-z_]+-[A-Z]{2}-[A-Z0-9]{2,8}-\d{4}-\d{1,9}$')
    EXECUTE FUNCTION record.number_begun();
