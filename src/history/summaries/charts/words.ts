export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What stands on charts. */
export interface Words {
  readonly charts: {
    readonly 'daily-distance': string;
    readonly activity: string;
    readonly 'home-range': string;
    readonly 'farm-distance': string;
    readonly 'fix-success': string;
  };
  readonly fixes: string;
  readonly nothing: string;
  readonly tooFew: string;
  readonly noFarm: string;
  readonly kmADay: string;
  readonly meanOf: (days: number) => string;
  readonly leastOf: (days: number) => string;
  readonly wellCovered: string;
  readonly gaps: string;
  readonly weekly: string;
  readonly metresAnHour: string;
  readonly activity: string;
  readonly hour: string;
  readonly day: string;
  readonly twilight: string;
  readonly night: string;
  readonly eastKm: string;
  readonly northKm: string;
  readonly fix: string;
  readonly farms: string;
  readonly bandwidth: (metres: string) => string;
  readonly mcp: (percent: number) => string;
  readonly kde: (percent: number) => string;
  readonly km2: string;
  readonly toFence: string;
  readonly attempts: string;
  readonly trusted: string;
  readonly doubted: string;
  readonly failed: string;
  readonly expected: string;
  readonly success: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    charts: {
      'daily-distance': 'Distance by day',
      activity: 'Activity by hour and sun',
      'home-range': 'Home range',
      'farm-distance': 'Distance to farms by day',
      'fix-success': 'Fix success by hour',
    },
    fixes: 'fixes',
    nothing: 'No trusted fixes in this time',
    tooFew: 'Too few fixes for a home range',
    noFarm: 'Never within 25 km of a farm',
    kmADay: 'km a day, at least',
    meanOf: (days) => `each bar: mean of ${days} days`,
    leastOf: (days) => `each point: least of ${days} days`,
    wellCovered: 'no gap over 6 h',
    gaps: 'gap over 6 h: more than shown',
    weekly: 'mean of 7 days',
    metresAnHour: 'metres an hour',
    activity: 'activity as reported',
    hour: 'local hour',
    day: 'day',
    twilight: 'twilight',
    night: 'night',
    eastKm: 'km east of the centre',
    northKm: 'km north of the centre',
    fix: 'fix',
    farms: 'farm',
    bandwidth: (metres) => `h = ${metres} m (reference)`,
    mcp: (percent) => `MCP ${percent} %`,
    kde: (percent) => `KDE ${percent} %`,
    km2: 'km²',
    toFence: 'km to the fence, at most',
    attempts: 'attempts',
    trusted: 'fix',
    doubted: 'doubted fix',
    failed: 'no position',
    expected: 'expected',
    success: 'success, %',
  },
  ru: {
    charts: {
      'daily-distance': 'Путь за сутки',
      activity: 'Активность по часам и солнцу',
      'home-range': 'Участок обитания',
      'farm-distance': 'Расстояние до ферм по дням',
      'fix-success': 'Успешность определений по часам',
    },
    fixes: 'точек',
    nothing: 'За это время нет надёжных точек',
    tooFew: 'Слишком мало точек для участка обитания',
    noFarm: 'Ближе 25 км к фермам не подходил',
    kmADay: 'км в сутки, не менее',
    meanOf: (days) => `столбец: среднее за ${days} сут.`,
    leastOf: (days) => `точка: наименьшее за ${days} сут.`,
    wellCovered: 'без перерывов более 6 ч',
    gaps: 'перерыв более 6 ч: прошёл больше',
    weekly: 'среднее за 7 суток',
    metresAnHour: 'метров в час',
    activity: 'активность по ошейнику',
    hour: 'местный час',
    day: 'день',
    twilight: 'сумерки',
    night: 'ночь',
    eastKm: 'км к востоку от центра',
    northKm: 'км к северу от центра',
    fix: 'точка',
    farms: 'ферма',
    bandwidth: (metres) => `h = ${metres} м (эталонная)`,
    mcp: (percent) => `МКП ${percent} %`,
    kde: (percent) => `KDE ${percent} %`,
    km2: 'км²',
    toFence: 'км до ограды, не более',
    attempts: 'попытки',
    trusted: 'точка',
    doubted: 'сомнительная точка',
    failed: 'без координат',
    expected: 'ожидалось',
    success: 'успешность, %',
  },
};
