"""文件 (files): what people bring as evidence, sealed, beside the record.

Revision ID: 0022
"""

from alembic import context, op

revision = "0022"
down_revision = "0021"

# The content is sealed by the key of the paper's subject, so an erasure reaches it. It is large and
# random: compressing it would only cost time.
TABLE = """
CREATE TABLE record.files (
    stored_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    size       int4             NOT NULL CHECK (size BETWEEN 1 AND 10485760),
    sha256     text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    stream     text COLLATE "C" NOT NULL,
    branch     text             NOT NULL,
    subject    text             NOT NULL,
    media_type text             NOT NULL,
    stored_by  text             NOT NULL,
    sealed     bytea            NOT NULL,
    CONSTRAINT files_content PRIMARY KEY (sha256, stream)
)
"""


# PostgreSQL shows web processes the files of the branches that are named for a statement, as in
# shared/views/wall.py. The owner of the table makes backups of it, so on them it is not forced.
SHOWN = """
CREATE POLICY shown ON record.files FOR SELECT USING (
    '*' = ANY ((SELECT nullif(current_setting('guiyi.branches', true), '')::text[])::text[])
    OR branch = ANY ((SELECT nullif(current_setting('guiyi.branches', true), '')::text[])::text[])
)
"""


def upgrade() -> None:
    """Make the table. Web processes add rows to it and read them; nobody changes one."""
    room: str = context.config.attributes["room"]
    op.execute(TABLE)
    op.execute("ALTER TABLE record.files ALTER COLUMN sealed SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE record.files ENABLE ROW LEVEL SECURITY")
    op.execute(SHOWN)
    op.execute("CREATE POLICY kept ON record.files FOR INSERT WITH CHECK (true)")
    op.execute(f'GRANT SELECT, INSERT ON record.files TO "{room}_runtime"')


def downgrade() -> None:
    """Nothing: see 0001."""
    raise NotImplementedError("a record is never unmade; restore a backup instead")
