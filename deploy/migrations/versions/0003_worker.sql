-- 工作者 (the worker): how far each consumer has come, and what it must not forget.
-- Text is compared by bytes ("C"): lock order by name must not hang on a server's locale.

-- seq is the truth; the offsets are hints for where to read on. No row: nothing was taken yet.
CREATE SCHEMA worker;

CREATE TABLE worker.cursors (
    seq         int8             NOT NULL,
    next_offset int8             NOT NULL,
    seen_offset int8             NOT NULL,
    recorded_at timestamptz      NOT NULL,
    partition   int4             NOT NULL,
    consumer    text COLLATE "C" NOT NULL,
    topic       text COLLATE "C" NOT NULL,
    room        text COLLATE "C" NOT NULL,
    hash        bytea            NOT NULL,
    CONSTRAINT cursors_source PRIMARY KEY (consumer, topic, partition, room)
) WITH (fillfactor = 40);

-- A hole that was open too long, and what it waits for: the next start reads from 0, and what is
-- still open then is a finding until the cursor has reached it.
CREATE TABLE worker.holes (
    opened_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    wanted    int8             NOT NULL,
    partition int4             NOT NULL,
    consumer  text COLLATE "C" NOT NULL,
    topic     text COLLATE "C" NOT NULL,
    room      text COLLATE "C" NOT NULL,
    CONSTRAINT holes_wanted PRIMARY KEY (consumer, topic, partition, room, wanted)
);

-- The newest public document of each foreign stream, as bytes; types: the milestones it came with.
CREATE TABLE worker.documents (
    version     int8             NOT NULL,
    seq         int8             NOT NULL,
    recorded_at timestamptz      NOT NULL,
    partition   int4             NOT NULL,
    room        text COLLATE "C" NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    types       text[]           NOT NULL,
    hash        bytea            NOT NULL,
    body        bytea            NOT NULL,
    CONSTRAINT documents_stream PRIMARY KEY (room, stream)
) WITH (fillfactor = 80);

-- What a consumer could not do and must not lose. kind says what is parked:
--   row (key: the row's key)      stream (key: the stream, all its rows are parked too)
--   document, reaction, command, timer (key: what of which stream)
-- A discarded one stays for ever: rebuild leaves the same fact out.
CREATE TABLE worker.parked (
    id           int8             GENERATED ALWAYS AS IDENTITY,
    parked_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    discarded_at timestamptz,
    seq          int8             NOT NULL,
    partition    int4             NOT NULL,
    consumer     text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    room         text COLLATE "C" NOT NULL,
    stream       text COLLATE "C" NOT NULL,
    reason       text             NOT NULL,
    details      jsonb            NOT NULL,
    CONSTRAINT parked_id PRIMARY KEY (id)
);
CREATE UNIQUE INDEX parked_once ON worker.parked (consumer, partition, kind, key)
    WHERE discarded_at IS NULL;
CREATE INDEX parked_discarded ON worker.parked (consumer, partition)
    WHERE discarded_at IS NOT NULL;

CREATE TABLE worker.fired (
    fired_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    due       timestamptz      NOT NULL,
    timer     text COLLATE "C" NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    result    text             NOT NULL,
    CONSTRAINT fired_once PRIMARY KEY (timer, stream, due)
);

-- From where on a reaction owes: what lay on the topic before its first start is not its business.
CREATE TABLE worker.reactions (
    started_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    end_offset int8             NOT NULL,
    partition  int4             NOT NULL,
    reaction   text COLLATE "C" NOT NULL,
    topic      text COLLATE "C" NOT NULL,
    CONSTRAINT reactions_start PRIMARY KEY (reaction, topic, partition)
);

-- Which version of a view answers; a newer one is built beside it until it has caught up.
CREATE TABLE worker.versions (
    since   timestamptz      NOT NULL DEFAULT clock_timestamp(),
    version int4             NOT NULL,
    view    text COLLATE "C" NOT NULL,
    CONSTRAINT versions_view PRIMARY KEY (view)
);
