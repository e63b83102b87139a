import assert from 'node:assert/strict';
import { type PodObject, podTrouble, refusedPods } from './pod-trouble.ts';

type Status = NonNullable<PodObject['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];

const IMAGE = 'registry.example.com/tickets/user:2.0.0';

function aPod(status: Status, name = 'tb-user-a'): PodObject {
  const labels = { 'app.kubernetes.io/name': 'user' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'n', name, labels }, status };
}

const withContainer = (container: Container, name?: string) =>
  aPod({ phase: 'Pending', containerStatuses: [{ image: IMAGE, ready: false, ...container }] }, name);
const waiting = (reason: string, message?: string, more: Container = {}) =>
  withContainer({ state: { waiting: { reason, ...(message === undefined ? {} : { message }) } }, ...more });

const told = (...pods: PodObject[]) => {
  const found = podTrouble(pods);
  return found === undefined ? undefined : `${found.what}: ${found.next}`;
};

describe('podTrouble', () => {
  it('says the same of an image that cannot be pulled, whether the kubelet tries or waits', () => {
    const trying = waiting('ErrImagePull', `failed to pull "${IMAGE}": not found`);
    const resting = waiting(
      'ImagePullBackOff',
      `Back-off pulling image "${IMAGE}": ErrImagePull: failed to pull "${IMAGE}": not found`,
    );
    assert.equal(told(trying), told(resting));
    assert.match(
      told(trying) ?? '',
      /^its image \S+user:2\.0\.0 cannot be pulled \(failed to pull .*not found\): check spec\.version, spec\.imageRegistry and spec\.imagePullSecrets$/,
    );
    assert.match(
      told(waiting('ImagePullBackOff', `Back-off pulling image "${IMAGE}"`)) ?? '',
      /cannot be pulled: check/,
    );
    assert.match(told(waiting('InvalidImageName', 'couldn’t parse')) ?? '', /cannot be pulled \(couldn’t parse\)/);
  });

  it('says how a container ends, the same while it waits to start again, and where its last words are', () => {
    const terminated = { reason: 'Error', exitCode: 1 };
    const now = told(withContainer({ state: { terminated } }));
    assert.equal(now, 'its container ends with exit code 1 (Error): kubectl logs -n n tb-user-a');
    const later = told(
      waiting('CrashLoopBackOff', 'back-off 2m40s restarting failed container', { lastState: { terminated } }),
    );
    assert.equal(later, `${now} --previous`);
  });

  it('knows what a container needs that was killed for its memory', () => {
    const terminated = { reason: 'OOMKilled', exitCode: 137 };
    assert.match(
      told(waiting('CrashLoopBackOff', undefined, { lastState: { terminated } })) ?? '',
      /exit code 137 \(OOMKilled\): raise the memory limit in spec\.services\.user\.resources$/,
    );
  });

  it('says what a container lacks, and why no node takes a pod', () => {
    assert.match(
      told(waiting('CreateContainerConfigError', 'secret "x" not found')) ?? '',
      /^its container cannot be made \(secret "x" not found\): kubectl describe pod -n n tb-user-a$/,
    );
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const nowhere = aPod({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    });
    assert.match(
      told(nowhere) ?? '',
      /^no node takes its pod \(0\/3 nodes are available: 3 Insufficient cpu\.\): kubectl describe/,
    );
  });

  it('speaks of the plainest cause, and of pods in any order the same', () => {
    const unready = aPod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }, 'tb-user-0');
    const crashing = ['b', 'c'].map((name) =>
      withContainer({ state: { terminated: { reason: 'Error', exitCode: 3 } } }, name),
    );
    const all = [unready, ...crashing];
    assert.match(told(...all) ?? '', /exit code 3 .* b$/);
    assert.equal(told(...all.toReversed()), told(...all));
    assert.match(told(unready) ?? '', /^its pod runs and is not ready: kubectl logs -n n tb-user-0$/);
  });

  it('says nothing of pods that are well, have just begun, or are on their way out', () => {
    const well = aPod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    const restarted = aPod({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ ready: true, state: {}, lastState: { terminated: { reason: 'Error', exitCode: 1 } } }],
    });
    const leaving = waiting('ImagePullBackOff');
    const pods = [
      well,
      restarted,
      aPod({ phase: 'Pending' }),
      { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: 'x' } },
    ];
    assert.equal(podTrouble(pods), undefined);
  });
});

describe('refusedPods', () => {
  it('quotes the quota', () => {
    const conditions = [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: tight' },
    ];
    const metadata = { namespace: 'n', name: 'tb-user' };
    assert.match(
      refusedPods({ metadata, status: { conditions } } as never)?.what ?? '',
      /refused \(exceeded quota: tight\)/,
    );
    assert.equal(refusedPods({ metadata, status: {} } as never), undefined);
  });
});
