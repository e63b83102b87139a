import type { Connection } from '@temporalio/client';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { TASK_QUEUE } from './workflows/contract.ts';

/** Name of the worker deployment at Temporal; its versions are the versions of the platform. */
export const DEPLOYMENT = 'order';

export interface WorkerVersionDeps {
  readonly connection: Connection;
  readonly namespace: string;
  readonly buildId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pollers come back at least once a minute; a version whose last one was longer ago has no workers any more. */
const POLLER_GONE_MS = 75_000;
const RETRY_MS = 500;
/** The server learns of a version when its first poll arrives. */
const REGISTER_WITHIN_MS = 90_000;

export interface WorkerVersion {
  /** Makes this build the one that gets new orders and continues open ones. Throws when the server does not take it. */
  become(signal: AbortSignal): Promise<void>;
  /** Takes over from a version that has no workers left: after a rollback, or when an old pod was the last to start. */
  takeOverFromNobody(): Promise<void>;
}

/**
 * Which build of the worker Temporal gives work to. Open orders go over to the current version at their next step, because
 * a hold outlives no rollout; `patched()` in the workflow and the stored histories keep that safe.
 */
export function workerVersion({ connection, namespace, buildId, clock, log }: WorkerVersionDeps): WorkerVersion {
  const { workflowService } = connection;

  const current = async () => {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: DEPLOYMENT,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
  };

  const set = async () => {
    await workflowService.setWorkerDeploymentCurrentVersion({
      ...{ namespace, deploymentName: DEPLOYMENT, buildId, identity: `order/${buildId}` },
      // An earlier version may have had task queues that this one gave up.
      ignoreMissingTaskQueues: true,
    });
    log.info({ buildId }, 'this build is the current version of the order workers');
  };

  return {
    async become(signal) {
      const end = clock.monotonic() + REGISTER_WITHIN_MS;
      for (;;) {
        try {
          if ((await current()) !== buildId) await set();
          return;
        } catch (error) {
          if (clock.monotonic() > end) throw error;
          await clock.sleep(RETRY_MS, signal);
        }
      }
    },

    async takeOverFromNobody() {
      const holder = await current();
      if (holder === buildId) return;
      const { pollers } = await workflowService.describeTaskQueue({
        ...{ namespace, taskQueue: { name: TASK_QUEUE } },
        taskQueueType: 1, // Workflow tasks.
      });
      const alive = (pollers ?? []).some(
        ({ deploymentOptions, lastAccessTime }) =>
          deploymentOptions?.buildId === holder &&
          clock.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_GONE_MS,
      );
      if (!alive) await set();
    },
  };
}
