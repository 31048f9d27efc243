-- What a person brings that its paper has already is kept once, and that they brought it as well is
-- a row of its own. So nobody needs what another brought, and nobody learns of it.
CREATE TABLE record.file_bringers (
    brought_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    sha256     text COLLATE "C" NOT NULL,
    stream     text COLLATE "C" NOT NULL,
    branch     text             NOT NULL,
    brought_by text             NOT NULL,
    CONSTRAINT file_bringers_person PRIMARY KEY (sha256, stream, brought_by),
    CONSTRAINT file_bringers_file FOREIGN KEY (sha256, stream)
        REFERENCES record.files ON DELETE CASCADE
);

-- Whoever brings it locks its file, so of several at the same moment each counts those before it.
CREATE FUNCTION record.bring_again(digest text, paper text, person text, most int)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    file record;
BEGIN
    SELECT f.branch, f.stored_by INTO file FROM record.files AS f
    WHERE f.sha256 = digest AND f.stream = paper FOR UPDATE;
    IF NOT FOUND OR file.stored_by = person THEN
        RETURN;
    END IF;
    INSERT INTO record.file_bringers AS b (sha256, stream, branch, brought_by)
    VALUES (digest, paper, file.branch, person)
    ON CONFLICT (sha256, stream, brought_by) DO UPDATE SET brought_at = clock_timestamp();
    DELETE FROM record.file_bringers AS b USING (
        SELECT o.brought_by FROM record.file_bringers AS o
        WHERE o.sha256 = digest AND o.stream = paper
        ORDER BY o.brought_at DESC, o.brought_by OFFSET most
    ) AS oldest
    WHERE b.sha256 = digest AND b.stream = paper AND b.brought_by = oldest.brought_by;
END $$;
