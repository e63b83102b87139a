import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { strToU8 } from 'fflate';
import { zipFiles } from '#hack/lambda/zip.ts';
import { createFunctions } from '#operator/external/lambda.ts';
import type { DesiredFunction } from '#operator/external/lambda-desired.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { differences } from '../external/converging.ts';
import { eventually } from '../kube/api-fixture.ts';
import { type Prometheus, startPrometheus } from '../monitoring/prometheus.ts';
import { createStage, desiredFunction, type Stage } from './function-stage.ts';

describe('a rollout that asks Prometheus', function () {
  this.timeout(180_000);
  let backing: Backing<'aws'>;
  let stage: Stage;
  let shop: Server;
  let prometheus: Prometheus;
  /** What the shop counts, scraped each second. */
  let failing = 0;

  before(async () => {
    shop = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`# TYPE shop_failing gauge\nshop_failing ${failing}\n`);
    }).listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const { port } = shop.address() as AddressInfo;
    [backing, prometheus] = await Promise.all([
      startBacking({ which: ['aws'] }),
      startPrometheus({ targets: [{ url: `http://127.0.0.1:${port}` }] }),
    ]);
    stage = createStage(backing);
  });
  after(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    shop?.close();
    stage?.close();
    await backing?.stop();
  });

  const wanted = (name: string, body: string, change: Partial<DesiredFunction> = {}): DesiredFunction => {
    const source = `export const handler = async () => { ${body} };`;
    const zip = zipFiles(new Map([['index.mjs', strToU8(source)]])).bytes;
    const bundle = { zip, codeSha256: createHash('sha256').update(zip).digest('base64') };
    return desiredFunction(name, bundle, {}, { steps: [30, 100], intervalMs: 500, ...change });
  };
  const asking = (query: string, prometheusUrl = prometheus.url) => ({
    analysis: { prometheusUrl, queries: [{ name: 'shop-fails', query }] },
  });
  const adapter = () => createFunctions(stage, systemClock);
  const now = async (desired: DesiredFunction) => (await differences(adapter(), [desired])).join();
  const act = async (desired: DesiredFunction) => {
    const changes = adapter().diff([desired], await adapter().observe([desired], AbortSignal.timeout(10_000)));
    await adapter().apply(changes, AbortSignal.timeout(10_000));
  };
  const actUntil = async (desired: DesiredFunction, text: RegExp) => {
    for (let n = 0; n < 60 && !text.test(await now(desired)); n++) await act(desired);
    assert.match(await now(desired), text);
  };
  const scraped = (value: number) =>
    eventually(
      async () => (await prometheus.ask(`shop_failing == ${value}`, { toS: Date.now() / 1000 })).length === 1,
      30_000,
    );

  it('goes all the way while no query finds anything', async () => {
    await stage.roll(wanted('quiet', "return 'one';", asking('shop_failing > 0')));
    const { path } = await stage.roll(wanted('quiet', "return 'two';", asking('shop_failing > 0')));
    assert.deepEqual(path, ['1', '1+2@30', '2']);
  });

  it('is taken back when a query finds something, and does not begin while one does', async () => {
    const slow = { ...asking('shop_failing > 0'), intervalMs: 60_000 };
    await stage.roll(wanted('failing', "return 'one';", slow));
    const second = wanted('failing', "return 'two';", slow);
    await actUntil(second, /version 2 is baking at 30%/);
    failing = 1;
    await scraped(1);
    const { live, rejected } = await stage.roll(second);
    assert.deepEqual([live, rejected], ['1', { version: '2', why: 'query shop-fails went off' }]);
    await actUntil(wanted('failing', "return 'three';", slow), /version 3 stays at 0%: query shop-fails is on/);
    failing = 0;
    await scraped(0);
  });

  it('neither goes on nor back while Prometheus cannot be asked, and says what to do', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const nobody = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await stage.roll(wanted('unsure', "return 'one';", asking('shop_failing > 0')));
    const second = (analysis: Pick<DesiredFunction, 'analysis'>) => wanted('unsure', "return 'two';", analysis);
    try {
      await actUntil(
        second(asking('shop_failing >')),
        /2 stays at 0%: query shop-fails is not answered: Prometheus refuses/,
      );
      await actUntil(second(asking('1')), /it gives a scalar; compare it with a limit/);
      await actUntil(second(asking('shop_failing > 0')), /version 2 (is baking|stays) at 30%/);
      const deaf = /version 2 stays at 30%: .* does not answer: nothing within 5 s\. rollout\.promoteVersion: "2"/;
      await actUntil(second(asking('shop_failing > 0', nobody)), deaf);
      await act(second(asking('shop_failing > 0', nobody)));
      assert.match(await now(second(asking('shop_failing > 0', nobody))), deaf);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
    await actUntil(second(asking('shop_failing > 0', nobody)), /does not answer: connect ECONNREFUSED/);
    assert.equal((await stage.roll(second(asking('shop_failing > 0')))).live, '2');
  });
});
