-- The founding tables. Times are timestamptz(3): collars report milliseconds, and a key that rounds them would merge fixes.

-- Registry ------------------------------------------------------------------------------------------------------------

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE animal (
  id      text COLLATE "C" PRIMARY KEY,
  name    text  NOT NULL,
  details jsonb NOT NULL
);

CREATE TABLE collar (
  id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  serial         text COLLATE "C" NOT NULL UNIQUE,
  format         text    NOT NULL,
  secret_hash    text,
  fix_interval_s integer,
  details        jsonb   NOT NULL
);

-- No collar and no animal is in two deployments at once: the database says so, whoever writes.
CREATE TABLE deployment (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  animal_id text COLLATE "C" NOT NULL REFERENCES animal (id),
  collar_id integer          NOT NULL REFERENCES collar (id),
  starts_at timestamptz(3)   NOT NULL,
  ends_at   timestamptz(3),
  CONSTRAINT deployment_not_empty CHECK (ends_at > starts_at),
  CONSTRAINT deployment_one_collar_per_animal
    EXCLUDE USING gist (animal_id WITH =, tstzrange(starts_at, ends_at) WITH &&),
  CONSTRAINT deployment_one_animal_per_collar
    EXCLUDE USING gist (collar_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);

CREATE TABLE farm (
  id       text COLLATE "C" PRIMARY KEY,
  name     text             NOT NULL,
  near_m   double precision NOT NULL,
  close_m  double precision NOT NULL,
  boundary jsonb            NOT NULL,
  details  jsonb            NOT NULL,
  west     double precision NOT NULL,
  south    double precision NOT NULL,
  east     double precision NOT NULL,
  north    double precision NOT NULL
);

-- serials {*}: this gateway may publish for every collar.
CREATE TABLE gateway (
  id          text COLLATE "C" PRIMARY KEY,
  secret_hash text,
  serials     text[] NOT NULL
);

-- One row. Its version moves with every edit of the registry, so that another process knows that its copy is old.
CREATE TABLE registry_version (
  one_row boolean PRIMARY KEY DEFAULT true,
  version bigint  NOT NULL,
  CONSTRAINT registry_version_one_row CHECK (one_row)
);
INSERT INTO registry_version (version) VALUES (1);

-- Fixes ---------------------------------------------------------------------------------------------------------------

-- The key carries what a track needs, so that a track is an index-only scan in time order.
-- Columns stand in order of their alignment: no byte of a row is padding that need not be.
CREATE TABLE fix (
  at            timestamptz(3)   NOT NULL,
  received_at   timestamptz(3)   NOT NULL,
  lon           double precision NOT NULL,
  lat           double precision NOT NULL,
  collar_id     integer          NOT NULL,
  doubts        smallint         NOT NULL,
  late          boolean          NOT NULL,
  satellites    smallint,
  alt_m         real,
  accuracy_m    real,
  hdop          real,
  speed_mps     real,
  heading_deg   real,
  temperature_c real,
  battery_v     real,
  activity      real,
  device_seq    bigint,
  extra         jsonb,
  CONSTRAINT fix_pkey PRIMARY KEY (collar_id, at) INCLUDE (lon, lat, doubts)
) PARTITION BY RANGE (at);

CREATE TABLE failed_attempt (
  collar_id   integer        NOT NULL,
  at          timestamptz(3) NOT NULL,
  received_at timestamptz(3) NOT NULL,
  extra       jsonb,
  CONSTRAINT failed_attempt_pkey PRIMARY KEY (collar_id, at)
);

-- The log of batches. body is not compressed: it is read soon after it was written, and the CPU is the scarcer thing.
CREATE TABLE batch (
  seq          bigint         PRIMARY KEY,
  committed_at timestamptz(3) NOT NULL,
  kind         text           NOT NULL,
  body         text           NOT NULL,
  CONSTRAINT batch_kind CHECK (kind IN ('fixes', 'doubts'))
);
ALTER TABLE batch ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX batch_committed_at ON batch (committed_at);
CREATE SEQUENCE batch_seq AS bigint;

-- A sequence's values become visible out of order when transactions overlap, and a reader would step over the late one.
-- So a writer takes the lock before it takes its number, and holds it to the commit. The argument makes the rows come first:
-- the lock is then held for the commit alone.
CREATE FUNCTION next_batch_seq(rows_written bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF rows_written IS NULL THEN
    RAISE EXCEPTION 'rows_written is unknown';
  END IF;
  PERFORM pg_advisory_xact_lock(7262, 1);
  RETURN nextval('batch_seq');
END
$$;

CREATE TABLE dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz(3)   NOT NULL,
  door        text             NOT NULL,
  serial      text COLLATE "C" NOT NULL,
  reason      text             NOT NULL,
  detail      text             NOT NULL,
  payload     bytea            NOT NULL,
  digest      bytea            NOT NULL,
  times       integer          NOT NULL DEFAULT 1,
  retried_at  timestamptz(3),
  resolved_at timestamptz(3),
  CONSTRAINT dead_letter_once UNIQUE (serial, reason, digest)
);

-- Alerts --------------------------------------------------------------------------------------------------------------

CREATE TABLE alert (
  id              uuid PRIMARY KEY,
  kind            text             NOT NULL,
  animal_id       text COLLATE "C" NOT NULL,
  farm_id         text COLLATE "C",
  state           text             NOT NULL,
  level           text             NOT NULL,
  peak            text             NOT NULL,
  opened_at       timestamptz(3)   NOT NULL,
  closed_at       timestamptz(3),
  closest_m       double precision NOT NULL,
  closest_at      timestamptz(3)   NOT NULL,
  closest_between boolean          NOT NULL,
  late            boolean          NOT NULL,
  learned_at      timestamptz(3)   NOT NULL,
  revision        integer          NOT NULL,
  acknowledged_by text,
  acknowledged_at timestamptz(3),
  acknowledged_note text,
  CONSTRAINT alert_state CHECK (state IN ('open', 'closed', 'retracted'))
);
CREATE INDEX alert_by_time ON alert (opened_at, id);
CREATE INDEX alert_open ON alert (animal_id, kind) WHERE state = 'open';

CREATE TABLE alert_change (
  seq        bigint         PRIMARY KEY,
  alert_id   uuid           NOT NULL REFERENCES alert (id),
  change     text           NOT NULL,
  at         timestamptz(3) NOT NULL,
  learned_at timestamptz(3) NOT NULL,
  by         text,
  note       text,
  alert      jsonb          NOT NULL
);
CREATE INDEX alert_change_by_alert ON alert_change (alert_id, seq);
CREATE SEQUENCE alert_change_seq AS bigint;

-- As next_batch_seq, for the other log.
CREATE FUNCTION next_alert_change_seq() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7262, 2);
  RETURN nextval('alert_change_seq');
END
$$;

-- An alert as the server's code and the log of changes have it: times are epoch milliseconds.
CREATE FUNCTION alert_json(a alert) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'id', a.id, 'kind', a.kind, 'animal', a.animal_id, 'farm', a.farm_id, 'state', a.state, 'level', a.level, 'peak', a.peak,
    'openedAt', (extract(epoch FROM a.opened_at) * 1000)::bigint,
    'closedAt', (extract(epoch FROM a.closed_at) * 1000)::bigint,
    'closest', jsonb_build_object(
      'm', a.closest_m, 'at', (extract(epoch FROM a.closest_at) * 1000)::bigint, 'between', a.closest_between),
    'late', a.late, 'learnedAt', (extract(epoch FROM a.learned_at) * 1000)::bigint, 'revision', a.revision,
    'acknowledged', CASE WHEN a.acknowledged_at IS NOT NULL THEN jsonb_build_object(
      'by', a.acknowledged_by, 'at', (extract(epoch FROM a.acknowledged_at) * 1000)::bigint, 'note', a.acknowledged_note) END)
$$;

-- What a rule remembers between fixes, only while there is something to remember.
CREATE TABLE rule_state (
  rule      text             NOT NULL,
  animal_id text COLLATE "C" NOT NULL,
  subject   text COLLATE "C" NOT NULL,
  state     jsonb            NOT NULL,
  CONSTRAINT rule_state_pkey PRIMARY KEY (rule, animal_id, subject)
);

-- How far a reader of a log has read.
CREATE TABLE cursor (
  name text   PRIMARY KEY,
  seq  bigint NOT NULL
);

-- One row. Which history the logs tell: a cursor names it, so that one of another database is not taken for one of this.
CREATE TABLE log_epoch (
  epoch   uuid    NOT NULL,
  one_row boolean PRIMARY KEY DEFAULT true,
  CONSTRAINT log_epoch_one_row CHECK (one_row)
);
INSERT INTO log_epoch (epoch) VALUES (gen_random_uuid());

-- Access --------------------------------------------------------------------------------------------------------------

-- Bearer tokens and browser sessions, by the SHA-256 of their 256 random bits. The token itself is nowhere.
-- granted_by: the digest of the token that a session or ticket was made from, so that it ends with it.
CREATE TABLE access_token (
  id         uuid PRIMARY KEY,
  kind       text           NOT NULL,
  name       text           NOT NULL,
  role       text           NOT NULL,
  farms      text[]         NOT NULL,
  digest     bytea          NOT NULL UNIQUE,
  granted_by bytea,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  CONSTRAINT access_token_kind CHECK (kind IN ('token', 'session', 'sign-in', 'ticket')),
  CONSTRAINT access_token_role CHECK (role IN ('admin', 'ranger', 'researcher', 'farmer'))
);
