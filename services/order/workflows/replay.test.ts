import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IllegalStateError } from '@temporalio/common';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const FOLDER = join(import.meta.dirname, 'histories');

/**
 * Orders that are open while a new version is rolled out are continued by it. So every stored history must replay: a change of
 * what the workflow does, or in which order, goes behind `patched()`. New histories: SAVE_HISTORIES=<folder> with
 * test/integration/services-money/order-saga.test.ts.
 */
describe('order workflow replays what earlier versions began', function () {
  this.timeout(240_000);
  let workflowBundle: { code: string };
  before(async () => {
    try {
      Runtime.install({ logger: new DefaultLogger('ERROR') });
    } catch (error) {
      // Another test of this process was faster.
      if (!(error instanceof IllegalStateError)) throw error;
    }
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, 'workflows.ts'),
      workflowInterceptorModules: [join(import.meta.dirname, 'interceptors.ts')],
      logger: new DefaultLogger('ERROR'),
    });
  });

  const read = (file: string) => proto.temporal.api.history.v1.History.decode(readFileSync(join(FOLDER, file)));

  for (const file of readdirSync(FOLDER)) {
    it(file, async () => {
      await Worker.runReplayHistory({ workflowBundle }, read(file));
    });
  }

  it('negative control: a history with another step is refused', async () => {
    const history = read('holdStock-createPayment-fulfil-publishOrderPaid.bin');
    let changed = 0;
    for (const { markerRecordedEventAttributes: marker } of history.events) {
      const facts = marker?.details?.['data']?.payloads?.[0];
      const text = Buffer.from(facts?.data ?? []).toString();
      if (facts == null || !text.includes('"createPayment"')) continue;
      facts.data = Buffer.from(text.replace('"createPayment"', '"cancelPayment"'));
      changed++;
    }
    assert.equal(changed, 1);
    await assert.rejects(Worker.runReplayHistory({ workflowBundle }, history), /[Nn]on-?determinis/);
  });
});
