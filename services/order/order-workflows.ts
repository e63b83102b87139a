import {
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Clock } from '#runtime/clock.ts';
import { type ServiceError, unavailable } from '#runtime/errors.ts';
import type { cancelledEventWorkflow } from './workflows/cancelled-event.ts';
import {
  awaitPlaced,
  cancelledEventWorkflowId,
  cancelOrder,
  eventCancelled,
  type OrderRequest,
  type OrderState,
  type OrderWorkflowInput,
  orderWorkflowId,
  paymentCompleted,
  paymentFailed,
  TASK_QUEUE,
  takeBack,
  undoWorkflowId,
  WORKFLOW_TASK_TIMEOUT,
} from './workflows/contract.ts';
import type { orderWorkflow } from './workflows/order-workflow.ts';
import type { undoRehearsalWorkflow } from './workflows/undo-rehearsal.ts';

export interface OrderWorkflowsDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly holdMs: number;
  readonly lateMs: number;
  /** Orders of a cancelled event told a second. */
  readonly refundsPerSecond: number;
}

/** The saga as the rest of the service sees it. One workflow per order, so every message about an order finds its way. */
export class OrderWorkflows {
  readonly #deps: OrderWorkflowsDeps;

  constructor(deps: OrderWorkflowsDeps) {
    this.#deps = deps;
  }

  /**
   * Starts the order (or finds it started) and waits until the buyer can be answered. undefined: it was over before.
   * Throws a retryable UNAVAILABLE when that takes longer than `withinMs`; the order goes on, and asking again finds it.
   */
  async place(request: OrderRequest, withinMs: number): Promise<OrderState | undefined> {
    const { holdMs, lateMs } = this.#deps;
    const input: OrderWorkflowInput = { kind: 'new', request, holdMs, lateMs };
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof orderWorkflow>('orderWorkflow', {
      workflowId: orderWorkflowId(request.orderId),
      taskQueue: TASK_QUEUE,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      // When orders wait at the server, those of each event get their share: a hot sale must not hold up the others.
      priority: { fairnessKey: request.eventId },
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    // The operation tells of a failed start on a promise of its own as well.
    startWorkflowOperation.workflowHandle().catch(() => undefined);
    return await this.#within(withinMs, () =>
      // One id: who asks again joins the question that is under way. Each a question of its own costs a workflow task, and a
      // worker that is late gets later with everybody who asks.
      this.#deps.client.workflow.executeUpdateWithStart(awaitPlaced, { startWorkflowOperation, updateId: 'placed' }),
    );
  }

  /** Asks an order to end; returns what it became, undefined when its workflow is over. */
  async cancel(orderId: string, reason: string, withinMs: number): Promise<OrderState | undefined> {
    const handle = this.#deps.client.workflow.getHandle(orderWorkflowId(orderId));
    return await this.#within(withinMs, () => handle.executeUpdate(cancelOrder, { args: [reason] }));
  }

  /** Takes the tickets of a paid order back, whenever that was; returns once they are not valid, the money goes back afterwards. */
  async takeBack(orderId: string, reason: string, withinMs: number): Promise<void> {
    const resume: OrderWorkflowInput = { kind: 'resume', orderId };
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof orderWorkflow>('orderWorkflow', {
      workflowId: orderWorkflowId(orderId),
      taskQueue: TASK_QUEUE,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      args: [resume],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    startWorkflowOperation.workflowHandle().catch(() => undefined);
    await this.#within(withinMs, () =>
      this.#deps.client.workflow.executeUpdateWithStart(takeBack, {
        ...{ startWorkflowOperation, updateId: 'take-back', args: [reason] },
      }),
    );
  }

  async undoRehearsal(orderId: string, withinMs: number): Promise<void> {
    await this.#within(withinMs, () =>
      this.#deps.client.workflow.execute<typeof undoRehearsalWorkflow>('undoRehearsalWorkflow', {
        workflowId: undoWorkflowId(orderId),
        taskQueue: TASK_QUEUE,
        args: [orderId],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  }

  /** Never lost: when the order's workflow is over, a new one is started that looks what the money is for. */
  async moneyCame(orderId: string, providerTxnId: string, paidTimeMs?: number): Promise<void> {
    const resume: OrderWorkflowInput = { kind: 'resume', orderId };
    await this.#within(10_000, () =>
      this.#deps.client.workflow.signalWithStart<
        typeof orderWorkflow,
        [{ readonly providerTxnId: string; readonly paidTimeMs?: number }]
      >('orderWorkflow', {
        workflowId: orderWorkflowId(orderId),
        taskQueue: TASK_QUEUE,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        args: [resume],
        signal: paymentCompleted,
        signalArgs: [{ providerTxnId, ...(paidTimeMs === undefined ? {} : { paidTimeMs }) }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  }

  /** Never lost, like money: who has tickets gives them up for a refund, whenever that was. */
  async eventCancelled(orderId: string): Promise<void> {
    const resume: OrderWorkflowInput = { kind: 'resume', orderId };
    await this.#within(10_000, () =>
      this.#deps.client.workflow.signalWithStart<typeof orderWorkflow, []>('orderWorkflow', {
        workflowId: orderWorkflowId(orderId),
        taskQueue: TASK_QUEUE,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        args: [resume],
        signal: eventCancelled,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  }

  /** Begins to end a cancelled event; nothing happens when that was begun, unless it failed. */
  async endCancelledEvent(eventId: string): Promise<void> {
    await this.#within(10_000, () =>
      this.#deps.client.workflow.start<typeof cancelledEventWorkflow>('cancelledEventWorkflow', {
        workflowId: cancelledEventWorkflowId(eventId),
        taskQueue: TASK_QUEUE,
        args: [{ eventId, perSecond: this.#deps.refundsPerSecond }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      }),
    );
  }

  /** Matters only to an order that still waits. */
  async paymentFailed(orderId: string, reason: string): Promise<void> {
    await this.#within(10_000, () =>
      this.#deps.client.workflow.getHandle(orderWorkflowId(orderId)).signal(paymentFailed, { reason }),
    );
  }

  /** undefined when the workflow is over or not there. */
  async #within<T>(ms: number, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#deps.client.connection.withDeadline(this.#deps.clock.now() + ms, work);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError)
        return undefined;
      throw temporalServiceError(error) ?? error;
    }
  }
}

/** What the Temporal client throws when the server cannot be reached, is overloaded, or the time is up. */
export function temporalServiceError(error: unknown): ServiceError | undefined {
  const known =
    isGrpcServiceError(error) || (error instanceof Error && /Update(RPC)?(Timeout|Cancel)/i.test(error.name));
  return known ? unavailable('ORDER_SLOW', 'the order is not answered yet, ask again', { cause: error }) : undefined;
}
