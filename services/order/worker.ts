import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from '#runtime/log.ts';
import { traceActivity } from './temporal-traces.ts';
import { DEPLOYMENT } from './worker-version.ts';
import { type EventActivities, type OrderActivities, TASK_QUEUE } from './workflows/contract.ts';

export interface OrderWorkerOptions {
  readonly address: string;
  readonly tls: boolean;
  readonly namespace: string;
  readonly activities: OrderActivities & EventActivities;
  readonly maxActivities: number;
  /** Version of this build among the worker deployment's. undefined, in development: workers without versions. */
  readonly buildId: string | undefined;
  readonly log: Logger;
  /** Folder of main: holds workflow-bundle.js in an image, workflows/ in the source tree. */
  readonly dir: string;
}

/**
 * A task lasts as long as its local activities: with a dependency down that is seconds, and many must be under way so that paid
 * orders need not wait behind. On a machine whose CPU is used up, though, those under way run out of time together and all
 * start again, for ever; there only a few are taken, and orders beyond wait at the server, which they may.
 */
const WORKFLOW_TASKS = {
  type: 'resource-based',
  tunerOptions: { targetCpuUsage: 0.9, targetMemoryUsage: 0.95 },
  minimumSlots: 8,
  maximumSlots: 100,
} as const;

export interface OrderWorker {
  /** Ends when the worker has stopped; rejects when it cannot go on. */
  readonly done: Promise<void>;
  /** Takes no new tasks, finishes those under way. */
  stop(): Promise<void>;
}

/** Signals belong to the program's own lifecycle, not to Temporal's. Call once, before anything else of Temporal. */
export function installTemporalRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      log[level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'debug']({ temporal: meta }, message);
    }),
  });
}

/** Runs workflows and activities of the order task queue. Throws when the server or the namespace is not there. */
export async function startOrderWorker(options: OrderWorkerOptions): Promise<OrderWorker> {
  const connection = await NativeConnection.connect({ address: options.address, tls: options.tls });
  try {
    const worker = await Worker.create({
      connection,
      namespace: options.namespace,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(options.dir),
      activities: { ...options.activities },
      ...(options.buildId === undefined
        ? {}
        : {
            workerDeploymentOptions: {
              version: { deploymentName: DEPLOYMENT, buildId: options.buildId },
              useWorkerVersioning: true,
              defaultVersioningBehavior: 'AUTO_UPGRADE',
            },
          }),
      interceptors: {
        activity: [({ info }) => ({ inbound: traceActivity(info.activityType) })],
      },
      tuner: {
        workflowTaskSlotSupplier: WORKFLOW_TASKS,
        activityTaskSlotSupplier: { type: 'fixed-size', numSlots: options.maxActivities },
        localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: options.maxActivities },
        nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
      },
      // As many polls as there is work: the fixed default lets two poll for new orders, which then queue up, and ten for
      // activities, which are rare.
      workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 4, maximum: 20 },
      activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 1, maximum: 10 },
      // Workflows here wait far more than they run.
      workflowThreadPoolSize: 1,
      maxCachedWorkflows: 2_000,
      shutdownGraceTime: '10s',
    });
    const done = worker.run().finally(() => connection.close());
    return {
      done,
      async stop() {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await done;
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Bundled when the image was built; from source in development. */
async function workflowBundle(dir: string): Promise<{ codePath: string } | { code: string }> {
  const codePath = join(dir, 'workflow-bundle.js');
  if (existsSync(codePath)) return { codePath };
  return await bundleWorkflowCode({
    workflowsPath: join(dir, 'workflows', 'workflows.ts'),
    workflowInterceptorModules: [join(dir, 'workflows', 'interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
}
