-- Files of old tracks on their way into the store.

-- One file. While it is read its bytes lie under DATA_DIR/imports; what this row says is all that a restart needs to go on.
CREATE TABLE import_job (
  id          uuid PRIMARY KEY,
  name        text           NOT NULL,
  by          text           NOT NULL,
  created_at  timestamptz(3) NOT NULL,
  -- received, checked, running, done, failed, cancelled
  state       text           NOT NULL,
  -- Its check (received) or its storing (running) is still to be done, by whoever has the file.
  wanted      boolean        NOT NULL,
  options     jsonb          NOT NULL,
  bytes       bigint         NOT NULL,
  -- What was found and stored up to the last group of rows that was committed.
  progress    jsonb          NOT NULL,
  report      jsonb,
  picture     text,
  -- One sentence: why it failed, or where it was cancelled.
  problem     text,
  ended_at    timestamptz(3)
);
CREATE INDEX import_job_created ON import_job (created_at, id);

-- Rows that were not stored as they stood, the first of them; their bytes are dead letters.
CREATE TABLE import_problem (
  import_id uuid    NOT NULL REFERENCES import_job (id) ON DELETE CASCADE,
  line      integer NOT NULL,
  kind      text    NOT NULL,
  place     text,
  expected  text    NOT NULL,
  PRIMARY KEY (import_id, line, kind)
);
