import assert from 'node:assert/strict';
import { Registry } from '#runtime/metrics.ts';
import { saleMeters } from './sale-meters.ts';

const SALE = { metadata: { namespace: 'shop' }, spec: { platformRef: { name: 'here' } } } as never;

describe('saleMeters', () => {
  it('tell a sale that was ready ten minutes ahead from one that was ready an hour ahead', async () => {
    const metrics = new Registry();
    const { report } = saleMeters({ metrics } as never);
    for (const readyMarginSeconds of [590, 3_500]) report(SALE, { report: { readyMarginSeconds } } as never, undefined);
    const below = async (le: number) =>
      new RegExp(`^eventsale_prewarm_ready_margin_seconds_bucket\\{le="${le}"\\} (\\d+)$`, 'm').exec(
        await metrics.metrics(),
      )?.[1];
    assert.deepEqual([await below(300), await below(600), await below(3_600)], ['0', '1', '2']);
  });

  it('forget the clock of a platform that stands by or is gone', async () => {
    const metrics = new Registry();
    const { report, forget } = saleMeters({ metrics } as never);
    const known = async () => /^clock_offset_seconds\{/m.test(await metrics.metrics());
    report(SALE, {} as never, 400);
    assert.equal(await known(), true);
    report(SALE, { phase: 'Standby' } as never, undefined);
    assert.equal(await known(), false);
    report(SALE, {} as never, 400);
    forget('shop/here');
    assert.equal(await known(), false);
  });

  it('tell the clocks of two platforms apart', async () => {
    const metrics = new Registry();
    const { report } = saleMeters({ metrics } as never);
    for (const [name, offsetMs] of [
      ['here', 400],
      ['there', 0],
    ] as const)
      report({ metadata: { namespace: 'shop' }, spec: { platformRef: { name } } } as never, {}, offsetMs);
    const text = await metrics.metrics();
    assert.match(text, /^clock_offset_seconds\{peer="Redis of shop\/here"\} 0.4$/m);
    assert.match(text, /^clock_offset_seconds\{peer="Redis of shop\/there"\} 0$/m);
  });
});
