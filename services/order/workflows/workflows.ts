/** Entry of the workflow bundle: Temporal runs what is exported here, by name. */
export { orderWorkflow } from './order-workflow.ts';
export { undoRehearsalWorkflow } from './undo-rehearsal.ts';
