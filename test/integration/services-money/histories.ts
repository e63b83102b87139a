import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type HistoryAndWorkflowId } from '@temporalio/client';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

// One per process: here, because all tests of the saga come by.
Runtime.install({ logger: new DefaultLogger('ERROR') });

type History = proto.temporal.api.history.v1.IHistory;

/** Steps and questions that say little about the way an order took. */
const UNTOLD = ['releaseSlot', 'announce', 'awaitPlaced', 'cancelOrder'];

/** The steps that a history has results of, in their order; `…Later` for those that became activities of their own. */
export function stepsOf(history: History): string[] {
  return (history.events ?? []).flatMap((event) => {
    const later = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (later) return [`${later}Later`];
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName !== 'core_local_activity' || marker.failure) return [];
    const facts = marker.details?.['data']?.payloads?.[0]?.data;
    return facts ? [String(JSON.parse(Buffer.from(facts).toString()).activity_type)] : [];
  });
}

/** What a history was asked, in its order. */
function askedOf(history: History): string[] {
  return (history.events ?? []).flatMap(
    ({ workflowExecutionUpdateAcceptedEventAttributes: asked }) => asked?.acceptedRequest?.input?.name ?? [],
  );
}

export async function historyOf(temporalAddress: string, workflowId: string): Promise<History> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    return await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory();
  } finally {
    await connection.close();
  }
}

/** One history of each kind, named after its steps, for services/order/workflows/replay.test.ts. */
async function saveHistories(histories: AsyncIterable<HistoryAndWorkflowId>, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for await (const item of histories) {
    const history = proto.temporal.api.history.v1.History.fromObject(item.history as object);
    for (const event of history.events) {
      // Names of the machine that recorded it say nothing to anybody.
      for (const facts of Object.values(event) as {
        identity?: string;
        meta?: { identity?: string };
        acceptedRequest?: { meta?: { identity?: string } };
        taskQueue?: { name?: string; normalName?: string };
      }[]) {
        if (facts?.identity) facts.identity = 'worker';
        const asked = facts?.meta ?? facts?.acceptedRequest?.meta;
        if (asked?.identity) asked.identity = 'client';
        if (facts?.taskQueue?.normalName) facts.taskQueue.name = 'sticky';
      }
    }
    const steps = [...askedOf(history), ...stepsOf(history)];
    const kind = [...new Set(steps)].filter((step) => !UNTOLD.includes(step)).join('-') || 'none';
    writeFileSync(join(folder, `${kind}.bin`), proto.temporal.api.history.v1.History.encode(history).finish());
  }
}

/** A worker that picks an order up must come to the same decisions as the one that began it. */
export async function replayAll(temporalAddress: string): Promise<number> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, '../../../services/order/workflows/workflows.ts'),
      workflowInterceptorModules: [join(import.meta.dirname, '../../../services/order/workflows/interceptors.ts')],
      logger: new DefaultLogger('ERROR'),
    });
    const workflows = new Client({ connection }).workflow.list();
    if (process.env['SAVE_HISTORIES'] !== undefined)
      await saveHistories(workflows.intoHistories(), process.env['SAVE_HISTORIES']);
    let replayed = 0;
    for await (const result of Worker.runReplayHistories({ workflowBundle }, workflows.intoHistories())) {
      assert.equal(result.error, undefined, `${result.workflowId}: ${result.error?.message}`);
      replayed++;
    }
    return replayed;
  } finally {
    await connection.close();
  }
}
