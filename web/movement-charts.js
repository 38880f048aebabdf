import { element } from './element.js';

const DAYS = 30;
const DAY_MS = 86_400_000;
const CHARTS = {
  'daily-distance': 'Distance by day',
  activity: 'Activity by hour and sun',
  'home-range': 'Home range',
  'farm-distance': 'Distance to farms by day',
  'fix-success': 'Fix success by hour',
};

/**
 * How an animal moved lately, as charts that the server draws: folded away, and asked for when it is unfolded.
 *
 * @param {string} animal
 */
export function movementCharts(animal) {
  const pictures = element('div', { class: 'charts' });
  const fold = element(
    'details',
    { class: 'movement' },
    element('summary', { text: `How it moved in the last ${DAYS} days` }),
    pictures,
  );
  fold.addEventListener('toggle', () => {
    if (fold.open)
      pictures.replaceChildren(...Object.entries(CHARTS).map(([chart, title]) => picture(animal, chart, title)));
  });
  return fold;
}

/**
 * @param {string} animal
 * @param {string} chart
 * @param {string} title
 */
function picture(animal, chart, title) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const question = {
    from: new Date(Date.now() - DAYS * DAY_MS).toISOString(),
    zone: timeZone || 'UTC',
    theme: window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
  };
  const address = (/** @type {string} */ format, /** @type {Record<string, string>} */ size) => {
    const at = new URL(`/api/v1/animals/${encodeURIComponent(animal)}/charts/${chart}.${format}`, location.href);
    for (const [name, value] of Object.entries({ ...question, ...size })) at.searchParams.set(name, value);
    return at.href;
  };
  const shown = element('img', { src: address('svg', { width: '640' }), alt: title, loading: 'lazy' });
  // Without a chart its name remains, and the way to try again.
  shown.addEventListener('error', () => shown.replaceWith(element('span', { text: `${title}: not to be had now` })));
  return element('a', { href: address('png', { width: '1600', height: '900' }), title: `${title}, as PNG` }, shown);
}
