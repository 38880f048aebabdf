import { AlertingMetrics } from './metrics.ts';

async function seconds(metrics: AlertingMetrics): Promise<Record<string, number>> {
  const { values } = (await metrics.registry.getSingleMetric('collarwatch_alert_latency_seconds')!.get()) as {
    values: { metricName?: string; value: number; labels: { stage?: string; late?: string } }[];
  };
  return Object.fromEntries(
    values
      .filter(({ metricName }) => metricName?.endsWith('_sum'))
      .map(({ value, labels: { stage, late } }) => [`${stage} ${late}`, value]),
  );
}

describe('the latency of alerts', () => {
  it('is the time from each step to the next, late ones apart', async () => {
    const metrics = new AlertingMetrics();
    metrics.opened({ fixAt: 1_000, receivedAt: 61_000, committedAt: 61_020, judgedAt: 61_050, late: false });
    metrics.opened({ fixAt: 1_000, receivedAt: 86_401_000, committedAt: 86_401_000, judgedAt: 86_401_000, late: true });
    metrics.sent({ judgedAt: 61_050, firstSentAt: 61_100, late: false });
    const ledger = { fixAt: 1_000, receivedAt: 61_000, committedAt: 61_020, judgedAt: 61_050 };
    metrics.acknowledged({ ...ledger, firstSentAt: 61_100, acknowledgedAt: 361_100 }, false);
    const found = await seconds(metrics);
    expect(found).toMatchObject({ 'delivery false': 60, 'send false': 0.05, 'acknowledge false': 300 });
    expect(found['commit false']).toBeCloseTo(0.02);
    expect(found['judge false']).toBeCloseTo(0.03);
    expect(found).toMatchObject({ 'delivery true': 86_400, 'commit true': 0, 'judge true': 0 });
  });

  it('is left out where a step is not known, and never less than nothing', async () => {
    const metrics = new AlertingMetrics();
    const silence = { fixAt: 1_000, receivedAt: null, committedAt: null, judgedAt: 3_000 };
    metrics.opened({ ...silence, late: false });
    metrics.sent({ judgedAt: null, firstSentAt: 9_000, late: false });
    // Acknowledged by somebody who read of it without subscribing.
    metrics.acknowledged({ ...silence, firstSentAt: null, acknowledgedAt: 2_000 }, false);
    expect(await seconds(metrics)).toEqual({ 'judge false': 2, 'acknowledge false': 0 });
  });
});
