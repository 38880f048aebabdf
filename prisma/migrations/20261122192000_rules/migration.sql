-- What alert rules are set to: every version is kept, the newest is in force. A rule that has none is as it came.

CREATE TABLE rule_setting (
  rule      text COLLATE "C" NOT NULL,
  version   integer        NOT NULL,
  enabled   boolean        NOT NULL,
  -- What was given, without the defaults.
  settings  jsonb          NOT NULL,
  overrides jsonb          NOT NULL,
  by        text           NOT NULL,
  at        timestamptz(3) NOT NULL,
  PRIMARY KEY (rule, version),
  CONSTRAINT rule_setting_version CHECK (version > 0)
);

-- Or, stale everywhere, the open alerts of a rule: where it has been turned off.
ALTER TABLE rejudging
  ADD COLUMN rule text COLLATE "C",
  DROP CONSTRAINT rejudging_of_one,
  ADD CONSTRAINT rejudging_of_one CHECK (num_nonnulls(animal_id, farm_id, area_id, rule) = 1);
