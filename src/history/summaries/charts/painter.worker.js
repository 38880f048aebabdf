import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { TextEncoder } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, registerCustomSeries, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/*
 * A thread of its own that draws: a chart holds a thread for tenths of a second, and the libraries take memory that the server has no other use
 * for. It is plain JavaScript, so that it runs beside its source and in dist alike.
 */

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** How wide letters of DejaVu Sans are, in parts of their size; good enough to put words beside each other. */
const WIDTHS = /** @type {const} */ ([
  [/[ijl.,:;'|!()[\] ]/, 0.34],
  [/[mwMW%@шщюжыфмШЩЮЖЫФМ]/, 0.9],
  [/[A-ZА-Я]/, 0.7],
  [/[\u2e80-\uffff]/, 1],
]);
const widthOf = (/** @type {string} */ letter) => WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? 0.62;

setPlatformAPI({
  measureText: (text, font = '12px') => {
    const size = Number(/(\d+(?:\.\d+)?)px/.exec(font)?.[1] ?? 12) * (/bold/.test(font) ? 1.1 : 1);
    return { width: [...text].reduce((width, letter) => width + size * widthOf(letter), 0) };
  },
});

/**
 * Polygons in the axes' units: `itemPayload.polygons`, of each its rings, of each its corners.
 *
 * @param {{ itemPayload: Record<string, unknown> }} params
 * @param {{ coord?: (corner: number[]) => number[] }} api
 */
function drawPolygons({ itemPayload }, { coord }) {
  const { polygons, style } = /** @type {{ polygons: [number, number][][][], style: object }} */ (itemPayload);
  const pixels = (/** @type {[number, number]} */ corner) =>
    (coord?.(corner) ?? []).map((at) => at.toFixed(1)).join(' ');
  const part = (/** @type {[number, number][]} */ ring) => `M${ring.map(pixels).join('L')}Z`;
  return {
    type: /** @type {const} */ ('group'),
    silent: true,
    children: polygons.map((rings) => ({
      type: /** @type {const} */ ('path'),
      shape: { pathData: rings.map(part).join('') },
      style,
    })),
  };
}
registerCustomSeries('polygons', drawPolygons);

/**
 * A picture without what answers a mouse, and without the numbers that the library counts its charts with: the same chart is to be the same
 * bytes. Quotation marks of texts are escaped, so that nothing here is found in one.
 *
 * @param {string} svg
 */
function still(svg) {
  return svg
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="\w+")/g, '')
    .replaceAll(/<style ?>[^]*?<\/style>\n?/g, '')
    .replaceAll(/(["#])zr\d+-/g, '$1zr-');
}

/**
 * @param {Record<string, unknown>} option
 * @param {number} width
 * @param {number} height
 * @returns {string}
 */
function svgOf(option, width, height) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    const svg = chart.renderToSVGString();
    return still(svg);
  } finally {
    chart.dispose();
  }
}

/** @type {Promise<(svg: string) => Uint8Array> | null} */
let rasterizer = null;

async function loadRasterizer() {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const require = createRequire(import.meta.url);
  const file = (/** @type {string} */ name) => readFileSync(require.resolve(name));
  await initWasm(file('@resvg/resvg-wasm/index_bg.wasm'));
  const fontBuffers = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => file(`dejavu-fonts-ttf/ttf/${name}`));
  return (/** @type {string} */ svg) => {
    const image = new Resvg(svg, {
      font: { fontBuffers, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
    });
    try {
      const pixels = image.render();
      try {
        return pixels.asPng();
      } finally {
        pixels.free();
      }
    } finally {
      image.free();
    }
  };
}

/** @param {{ id: number, option: Record<string, unknown>, width: number, height: number, format: 'svg' | 'png' }} order */
async function paint({ id, option, width, height, format }) {
  try {
    const svg = svgOf(option, width, height);
    rasterizer ??= format === 'png' ? loadRasterizer() : null;
    const bytes = format === 'png' && rasterizer ? (await rasterizer)(svg) : new TextEncoder().encode(svg);
    parentPort?.postMessage({ id, bytes });
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', (order) => void paint(order));
