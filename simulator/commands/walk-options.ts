import { choice, duration, file, flag, moment, number, place, share, speed, text } from '../options.ts';
import type { Values } from '../options.ts';

export const WALK_OPTIONS = {
  url: text('broker; mqtt:// or mqtts:// (default mqtt://127.0.0.1:1883)', 'mqtt://127.0.0.1:1883'),
  serial: text('serial of the collar (default sofia)', 'sofia'),
  secret: text("the collar's secret, or the gateway's"),
  username: text('gateway to sign in as, for all collars (default: each collar as itself)'),
  herd: file('JSON list of animals [{"serial","secret","seed","home":[lon,lat],"sofia":true}] instead of one'),
  seed: text('what the walk follows from (default sofia)', 'sofia'),
  home: place('centre of her range (default 131.645,43.315)', { lon: 131.645, lat: 43.315 }),
  from: moment('first fix (default: now, or so that --days end now)'),
  days: number('length of the walk, or of the history before --then-live (default there 30)'),
  interval: duration('time between fixes (default 2h)', 7_200_000),
  speed: speed('1 is real time, max (or 0) as fast as acknowledged (default 1; max for history before --then-live)'),
  'then-live': number('after --days goes on at this factor until the present, then in real time, until stopped'),
  'live-lag': duration('how long before now the history ends when --then-live is over 1 (default 12h)', 43_200_000),
  soon: flag('she sets out for the nearest farm within the first 30 seconds (of --then-live, when given)'),
  delivery: choice(['satellite', 'lorawan'], 'in batches up to 22 h late, or within seconds', 'satellite'),
  farms: file('GeoJSON farms as the reserve has them (default: two drawn ones)'),
  'visit-chance': share('chance of a farm visit in a night in reach (default 0.25)', 0.25),
  errors: choice(['on', 'off'], 'off: every fix works and is exact', 'on'),
  truth: file('writes what really happened, as lines of JSON'),
  'truth-step': duration('time between positions of the true path (default 5m)', 300_000),
  'dry-run': flag('prints the messages as lines of JSON instead of publishing them'),
};

export type WalkValues = Values<typeof WALK_OPTIONS>;
