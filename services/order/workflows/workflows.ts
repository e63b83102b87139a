/** Entry of the workflow bundle: Temporal runs what is exported here, by name. */
export { cancelledEventWorkflow } from './cancelled-event.ts';
export { orderWorkflow } from './order-workflow.ts';
export { undoRehearsalWorkflow } from './undo-rehearsal.ts';
