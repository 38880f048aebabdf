-- What is known of the months of fix, beside their rows.

-- A month that is over is sealed: its table is written anew in the order of its key, with full pages. bytes: how large it was then, for
-- one that has grown much since has to be sealed again. month: as 2019-05, of UTC.
CREATE TABLE month_seal (
  month     text COLLATE "C" PRIMARY KEY,
  sealed_at timestamptz(3)   NOT NULL,
  bytes     bigint           NOT NULL
);

-- Files of fixes that have left the database; nearly always one a month. digest: SHA-256 of the rows, as src/history/archive says.
-- restored_at: when their rows were last put back, which leaves the file where it is.
CREATE TABLE archive_file (
  file        text COLLATE "C" PRIMARY KEY,
  month       text COLLATE "C" NOT NULL,
  rows        bigint           NOT NULL,
  bytes       bigint           NOT NULL,
  digest      text             NOT NULL,
  archived_at timestamptz(3)   NOT NULL,
  restored_at timestamptz(3)
);
CREATE INDEX archive_file_by_month ON archive_file (month);
