import { isCancellation, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { OrderActivities } from './contract.ts';

/**
 * How the saga runs its steps. Local activities run inside the workflow task, so a whole stretch of steps costs one round
 * trip to Temporal instead of three each. Their results are kept only when the task ends: a worker that dies before runs
 * all of them again, which every step bears. A task that takes longer than most of WORKFLOW_TASK_TIMEOUT is prolonged.
 */

/** Before there is money: somebody waits for the answer, so a step that cannot be done soon undoes the order. */
export const soon = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '12s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});

/** An activity of its own: its result is kept at once, and no later step runs again without it. */
export const durably = proxyActivities<OrderActivities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumInterval: '30s' },
});

/** Compensations, and everything once there is money: tried until it is done. */
export const surely = hereOrElse(
  proxyLocalActivities<OrderActivities>({
    startToCloseTimeout: '4s',
    scheduleToCloseTimeout: '5s',
    retry: { initialInterval: '100ms', maximumInterval: '1s' },
  }),
  durably,
);

/** Messages: as sure, but a broker that is down keeps no buyer waiting for long. */
export const told = hereOrElse(
  proxyLocalActivities<OrderActivities>({ startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } }),
  durably,
);

/** Nice to have: nobody is wronged when it fails in the end, because a slot ends by itself. */
export const gladly = hereOrElse(
  proxyLocalActivities<OrderActivities>({ startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } }),
  proxyActivities<OrderActivities>({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '10m',
    retry: { initialInterval: '200ms', maximumInterval: '30s' },
  }),
);

/** Ends the workflow task, so that what was done so far is kept: a worker that dies from here on runs only later steps again. */
export const writtenDown = () => sleep(1);

/** Tries a step in the workflow task; what cannot be done there becomes an activity that outlives workers and outages. */
function hereOrElse(here: OrderActivities, durably: OrderActivities): OrderActivities {
  type Step = (...args: unknown[]) => Promise<unknown>;
  const stepOf = (activities: OrderActivities, name: string | symbol): Step => Reflect.get(activities, name);
  return new Proxy(here, {
    get:
      (_, name): Step =>
      async (...args) => {
        try {
          return await stepOf(here, name)(...args);
        } catch (error) {
          if (isCancellation(error)) throw error;
          return await stepOf(durably, name)(...args);
        }
      },
  });
}
