-- 闸门 (the gate) of this database: neither a restored nor a copied one finds it open.

CREATE FUNCTION record.this_database() RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database();
$$;

-- What stands open here stays open.
ALTER TABLE record.gate ADD COLUMN database_oid oid NOT NULL DEFAULT record.this_database();
ALTER TABLE record.leases ADD COLUMN checked_database oid;
UPDATE record.leases SET checked_database = record.this_database();
COMMENT ON COLUMN record.leases.checked_start IS
    'the start of the server, and with checked_oid and checked_database the gate, for which the'
    ' topics were compared';

CREATE FUNCTION record.is_open() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM record.gate AS g
        WHERE g.started_at = pg_postmaster_start_time() AND g.table_oid = g.tableoid
        AND g.database_oid = record.this_database()
    );
$$;

CREATE OR REPLACE FUNCTION record.is_checked(p_lease record.leases) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_lease.checked_start IS NOT DISTINCT FROM pg_postmaster_start_time()
        AND p_lease.checked_oid IS NOT DISTINCT FROM 'record.gate'::regclass::oid
        AND p_lease.checked_database IS NOT DISTINCT FROM record.this_database();
$$;

CREATE OR REPLACE FUNCTION record.try_gate() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF record.is_open() THEN
        RETURN true;
    END IF;
    IF EXISTS (SELECT FROM record.leases AS l
            WHERE l.halted IS NOT NULL OR NOT record.is_checked(l)) THEN
        RETURN false;
    END IF;
    INSERT INTO record.gate (started_at, table_oid, database_oid)
        VALUES (pg_postmaster_start_time(), 'record.gate'::regclass::oid, record.this_database())
        ON CONFLICT ((true)) DO UPDATE
        SET started_at = excluded.started_at, table_oid = excluded.table_oid,
            database_oid = excluded.database_oid;
    RETURN true;
END $$;
