import assert from 'node:assert/strict';
import { type DesiredPipe, diffPipes, PIPE_TAG, RETRY_PIPE_MS, sourceTag } from '../../external/pipes.ts';
import { brokenPipes } from './triggers.ts';

const pipe: DesiredPipe = {
  ...{ name: 'p-order-paid-email', brokers: ['k:9092'], topic: 'order.paid', consumerGroup: 'p', targetArn: 'q' },
  ...{ body: 'value', batch: { size: 10 }, roleArn: 'r', enabled: true, subnetIds: [], securityGroupIds: [] },
};
const seen = (currentState: string, atMs: number) =>
  diffPipes([pipe], {
    atMs,
    pipes: new Map([
      [
        pipe.name,
        {
          ...{ source: 'smk://k:9092', targetArn: 'q', roleArn: 'r', desiredState: 'RUNNING', currentState },
          ...{ stateReason: 'the brokers cannot be reached', modifiedAtMs: 0 },
          tags: { [PIPE_TAG.source]: sourceTag(pipe) },
        },
      ],
    ]),
  });

describe('TriggersReady', () => {
  it('names a pipe that AWS gave up on, why, and what to do, at rest and when it was just tried again', () => {
    const message =
      'pipe p-order-paid-email is START_FAILED: the brokers cannot be reached (it is tried again each minute). Correct spec.lambda and spec.kafka';
    assert.equal(brokenPipes(seen('START_FAILED', 1), []), message);
    assert.equal(brokenPipes(seen('STARTING', RETRY_PIPE_MS), seen('START_FAILED', RETRY_PIPE_MS)), message);
    assert.equal(brokenPipes(seen('STARTING', 1), []), undefined);
    assert.equal(brokenPipes(seen('RUNNING', 1), []), undefined);
  });
});
