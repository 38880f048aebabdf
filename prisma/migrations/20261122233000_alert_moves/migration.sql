-- What moves in an alert without a change that people are told of: how close the animal has come, say. With it what an alert said at any
-- time can be told again.
CREATE TABLE alert_move (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id        uuid           NOT NULL REFERENCES alert (id),
  -- The change of the alert that it came after.
  after_seq       bigint         NOT NULL,
  learned_at      timestamptz(3) NOT NULL,
  closest_m       double precision,
  closest_at      timestamptz(3),
  closest_between boolean,
  details         jsonb
);
CREATE INDEX alert_move_by_alert ON alert_move (alert_id, after_seq, id);

-- Of what has moved before this table was there it is not known when: it counts as known since the last change.
INSERT INTO alert_move (alert_id, after_seq, learned_at, closest_m, closest_at, closest_between, details)
SELECT alert.id, last.seq, last.learned_at, closest_m, closest_at, closest_between, alert.details
FROM alert
CROSS JOIN LATERAL (SELECT seq, learned_at, told.alert AS told FROM alert_change AS told WHERE alert_id = alert.id ORDER BY seq DESC LIMIT 1) AS last
WHERE (alert_json(alert)->'closest', alert_json(alert)->'details') IS DISTINCT FROM (last.told->'closest', last.told->'details');
