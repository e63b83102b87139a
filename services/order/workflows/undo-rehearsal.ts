import { proxyActivities } from '@temporalio/workflow';
import type { OrderActivities } from './contract.ts';

const { refundPayment, returnStock, releaseStock, deleteRehearsal } = proxyActivities<OrderActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});

/** Takes a rehearsal purchase back: its money that never was, its stock, its order. Nothing of it stays in any figure. */
export async function undoRehearsalWorkflow(orderId: string): Promise<void> {
  await refundPayment(orderId, 'REHEARSAL_UNDONE');
  await returnStock(orderId);
  await releaseStock(orderId);
  await deleteRehearsal(orderId);
}
