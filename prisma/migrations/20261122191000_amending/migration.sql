-- Alerts that are judged anew when fixes come late, and alerts that are about no farm.

ALTER TABLE alert
  ALTER COLUMN closest_m DROP NOT NULL,
  ALTER COLUMN closest_at DROP NOT NULL,
  ALTER COLUMN closest_between DROP NOT NULL,
  ADD COLUMN area_id text COLLATE "C",
  -- What its rule tells beside the rest.
  ADD COLUMN details jsonb,
  -- Why it was retracted, or closed by something else than a fix.
  ADD COLUMN reason text,
  -- The fix from which on its rule remembered nothing of it: judging anew can begin there. Null: the rule still remembers.
  ADD COLUMN settled_at timestamptz(3),
  -- The ledger: when the fix that opened it was received and committed, when it was judged, when a subscriber was first told.
  ADD COLUMN received_at timestamptz(3),
  ADD COLUMN committed_at timestamptz(3),
  ADD COLUMN judged_at timestamptz(3),
  ADD COLUMN first_sent_at timestamptz(3);

-- A visit ends with the second fix that is out; when that was is not known of older alerts. A day later is late enough.
UPDATE alert SET settled_at = closed_at + interval '1 day' WHERE closed_at IS NOT NULL;

CREATE INDEX alert_of_animal ON alert (animal_id, opened_at);

ALTER TABLE alert_change
  ADD COLUMN late boolean NOT NULL DEFAULT false,
  ADD COLUMN reason text;
UPDATE alert_change SET late = (alert->>'late')::boolean;
ALTER TABLE alert_change ALTER COLUMN late DROP DEFAULT;

-- Two evaluators that judge at once: the turn tells the second that what it holds in memory is old, even where seq stands still.
ALTER TABLE cursor ADD COLUMN turn bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION alert_json(a alert) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'id', a.id, 'kind', a.kind, 'animal', a.animal_id, 'farm', a.farm_id, 'area', a.area_id,
    'state', a.state, 'level', a.level, 'peak', a.peak,
    'openedAt', (extract(epoch FROM a.opened_at) * 1000)::bigint,
    'closedAt', (extract(epoch FROM a.closed_at) * 1000)::bigint,
    'closest', CASE WHEN a.closest_at IS NOT NULL THEN jsonb_build_object(
      'm', a.closest_m, 'at', (extract(epoch FROM a.closest_at) * 1000)::bigint, 'between', a.closest_between) END,
    'details', a.details, 'reason', a.reason,
    'late', a.late, 'learnedAt', (extract(epoch FROM a.learned_at) * 1000)::bigint, 'revision', a.revision,
    'acknowledged', CASE WHEN a.acknowledged_at IS NOT NULL THEN jsonb_build_object(
      'by', a.acknowledged_by, 'at', (extract(epoch FROM a.acknowledged_at) * 1000)::bigint, 'note', a.acknowledged_note) END)
$$;

-- What a rule remembers of an open visit is kept with the visit as people were told of it.
UPDATE rule_state SET state = jsonb_set(state, '{episode}', state->'state'->'visit');
