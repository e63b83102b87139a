import assert from 'node:assert/strict';
import type { ContainerState, ContainerStatus, Pod } from './pod.ts';
import { phaseOf, podStatus } from './pod-status.ts';

const NOW = '2026-01-02T03:04:05Z';
const status = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  ...{ name, image: 'i', imageID: '', restartCount: 0, ready: false, started: false, lastState: {} },
  state,
  ...more,
});
const running: ContainerState = { running: { startedAt: NOW } };
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
const exited = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: NOW, finishedAt: NOW },
});
const pod = (policy: 'Always' | 'OnFailure' | 'Never', init: readonly string[] = []): Pod => ({
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' },
  spec: {
    restartPolicy: policy,
    initContainers: init.map((name) => ({ name, image: 'i' })),
    containers: [{ name: 'main', image: 'i' }],
  },
});

describe('the phase of a pod', () => {
  const cases: [string, Pod, ContainerStatus[], ContainerStatus[], string][] = [
    ['not started', pod('Always'), [], [status('main', waiting)], 'Pending'],
    ['running', pod('Always'), [], [status('main', running)], 'Running'],
    ['ended, to be restarted', pod('Always'), [], [status('main', exited(0))], 'Running'],
    ['between two crashes', pod('Always'), [], [status('main', waiting, { lastState: exited(1) })], 'Running'],
    ['done', pod('Never'), [], [status('main', exited(0))], 'Succeeded'],
    ['failed for good', pod('Never'), [], [status('main', exited(1))], 'Failed'],
    ['failed, to be tried again', pod('OnFailure'), [], [status('main', exited(1))], 'Running'],
    [
      'still being prepared',
      pod('Always', ['first']),
      [status('first', running)],
      [status('main', waiting)],
      'Pending',
    ],
    ['preparation failed', pod('Never', ['first']), [status('first', exited(1))], [status('main', waiting)], 'Failed'],
    ['prepared', pod('Always', ['first']), [status('first', exited(0))], [status('main', running)], 'Running'],
  ];
  for (const [what, one, init, main, phase] of cases) {
    it(`is ${phase} for one that is ${what}`, () => assert.equal(phaseOf(one, init, main), phase));
  }
});

describe('the conditions of a pod', () => {
  const facts = { ip: '127.90.0.2', hostIp: '127.89.0.1', startTime: NOW, init: [], volumesReady: true };
  const of = (one: Pod, main: ContainerStatus[], type: string) =>
    podStatus(one, { ...facts, main }, NOW).conditions?.find((condition) => condition.type === type);

  it('name the containers that are not ready', () => {
    const ready = of(pod('Always'), [status('main', running)], 'Ready');
    assert.equal(ready?.status, 'False');
    assert.match(ready?.message ?? '', /unready status: \[main\]/);
  });

  it('keep the moment of the last change while nothing changes', () => {
    const before = '2020-01-01T00:00:00Z';
    const conditions = [{ type: 'Ready', status: 'True' as const, lastTransitionTime: before }];
    const one = { ...pod('Always'), status: { conditions } };
    assert.equal(of(one, [status('main', running, { ready: true })], 'Ready')?.lastTransitionTime, before);
    assert.equal(of(one, [status('main', running)], 'Ready')?.lastTransitionTime, NOW);
  });

  it('of others stay as they are', () => {
    const other = { type: 'DisruptionTarget', status: 'True' as const, reason: 'PreemptionByScheduler' };
    const one = { ...pod('Always'), status: { conditions: [other] } };
    assert.deepEqual(of(one, [status('main', running)], 'DisruptionTarget'), other);
  });

  it('wait for readiness gates', () => {
    const gated = {
      ...pod('Always'),
      spec: { ...pod('Always').spec, readinessGates: [{ conditionType: 'example.com/go' }] },
    };
    assert.equal(of(gated, [status('main', running, { ready: true })], 'Ready')?.reason, 'ReadinessGatesNotReady');
  });
});
