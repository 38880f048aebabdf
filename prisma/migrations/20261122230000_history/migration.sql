-- What the past is asked by, beside the key.

-- When the doubts of a fix last changed after its commit; NULL, as of nearly all, takes no room. With received_at it tells a
-- reader of what changed (late fixes, fixes cleared or condemned by their neighbours) what to fetch again.
ALTER TABLE fix ADD COLUMN reconsidered_at timestamptz(3);

-- Where: cells of 1/32 degree, numbered row by row from the south-west, so that a box is one range of numbers a row. Many fixes
-- share a cell, and the index keeps one key for all of them: some 8 bytes a fix. The expression is written out wherever it is
-- asked for; src/history/places/cells.ts has it too.
CREATE INDEX fix_cell ON fix ((floor((lat + 90) * 32)::integer * 11520 + floor((lon + 180) * 32)::integer));

-- When received: rows lie nearly in the order of receipt, so that a summary of each run of pages finds them. A few pages a month.
CREATE INDEX fix_received ON fix USING brin (received_at, reconsidered_at) WITH (pages_per_range = 16);
