-- Areas, and the database's own record of what edits of the registry have made stale.

-- A polygon that is not a farm: a reserve, a state border, village land.
CREATE TABLE area (
  id       text COLLATE "C" PRIMARY KEY,
  name     text  NOT NULL,
  watch    text  NOT NULL,
  boundary jsonb NOT NULL,
  details  jsonb NOT NULL,
  CONSTRAINT area_watch CHECK (watch IN ('leaves', 'enters'))
);

-- What an edit of the registry has made stale and has not been judged anew yet: an animal from a moment on (since null: all its
-- past), or whatever was judged of one farm or area. Written by triggers, in the edit's own transaction: whoever edits, a server
-- or a person at a prompt, nothing is forgotten, and what is rolled back leaves nothing. A farm or area that is new makes
-- nothing stale. registry_version: a copy of the registry that is older does not have the edit.
-- No reference to what it names: that may be gone when the row is read.
CREATE TABLE rejudging (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  animal_id        text COLLATE "C",
  since            timestamptz(3),
  farm_id          text COLLATE "C",
  area_id          text COLLATE "C",
  registry_version bigint NOT NULL,
  reason           text   NOT NULL,
  CONSTRAINT rejudging_of_one CHECK (num_nonnulls(animal_id, farm_id, area_id) = 1)
);

-- NOT NULL on registry_version would refuse an edit, were the one row ever missing, rather than forget it.
CREATE FUNCTION mark_stale(reason text, animal text, since timestamptz, farm text, area text) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO rejudging (animal_id, since, farm_id, area_id, registry_version, reason)
  VALUES (animal, since, farm, area, (SELECT version FROM registry_version), reason)
$$;

-- Stale from the first moment whose wearer is another one now. least() passes over nulls: of ends, those that are not yet; and
-- OLD or NEW as a whole, where a row is new or gone.
CREATE FUNCTION deployment_edited() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  since timestamptz(3) := least(OLD.starts_at, NEW.starts_at);
BEGIN
  IF (OLD.animal_id, OLD.collar_id, OLD.starts_at) = (NEW.animal_id, NEW.collar_id, NEW.starts_at) THEN
    since := least(OLD.ends_at, NEW.ends_at);
  END IF;
  PERFORM mark_stale('deployment-edited', animal, since, NULL, NULL)
  FROM (SELECT OLD.animal_id UNION SELECT NEW.animal_id) AS concerned (animal) WHERE animal IS NOT NULL;
  RETURN NULL;
END
$$;

CREATE TRIGGER deployment_added_or_removed AFTER INSERT OR DELETE ON deployment
FOR EACH ROW EXECUTE FUNCTION deployment_edited();

CREATE TRIGGER deployment_changed AFTER UPDATE ON deployment FOR EACH ROW
WHEN ((OLD.animal_id, OLD.collar_id, OLD.starts_at, OLD.ends_at)
  IS DISTINCT FROM (NEW.animal_id, NEW.collar_id, NEW.starts_at, NEW.ends_at))
EXECUTE FUNCTION deployment_edited();

-- One with another id is, for what was judged of it, gone.
CREATE FUNCTION place_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM mark_stale(
    TG_TABLE_NAME || CASE WHEN NEW.id = OLD.id THEN '-edited' ELSE '-removed' END, NULL, NULL,
    CASE TG_TABLE_NAME WHEN 'farm' THEN OLD.id END, CASE TG_TABLE_NAME WHEN 'area' THEN OLD.id END);
  RETURN NULL;
END
$$;

CREATE TRIGGER farm_removed AFTER DELETE ON farm FOR EACH ROW EXECUTE FUNCTION place_edited();

CREATE TRIGGER farm_changed AFTER UPDATE ON farm FOR EACH ROW
WHEN ((OLD.id, OLD.boundary, OLD.near_m, OLD.close_m) IS DISTINCT FROM (NEW.id, NEW.boundary, NEW.near_m, NEW.close_m))
EXECUTE FUNCTION place_edited();

CREATE TRIGGER area_removed AFTER DELETE ON area FOR EACH ROW EXECUTE FUNCTION place_edited();

CREATE TRIGGER area_changed AFTER UPDATE ON area FOR EACH ROW
WHEN ((OLD.id, OLD.boundary, OLD.watch) IS DISTINCT FROM (NEW.id, NEW.boundary, NEW.watch))
EXECUTE FUNCTION place_edited();

-- With another speed, other fixes are implausible, in all of the animal's past.
CREATE FUNCTION stamina_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM mark_stale('animal-edited', NEW.id, NULL, NULL, NULL);
  RETURN NULL;
END
$$;

CREATE TRIGGER animal_stamina_changed AFTER UPDATE ON animal FOR EACH ROW
WHEN ((OLD.details -> 'maxSpeedKmh', OLD.details -> 'speedSlackM')
  IS DISTINCT FROM (NEW.details -> 'maxSpeedKmh', NEW.details -> 'speedSlackM'))
EXECUTE FUNCTION stamina_edited();
