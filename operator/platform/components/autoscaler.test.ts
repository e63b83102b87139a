import assert from 'node:assert/strict';
import { PAUSE_SCALE_IN } from '../../api/platform-marks.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { type AutoscalerObject, autoscaler, blindness } from './autoscaler.ts';

const platform = aPlatform();

/** An HPA on which `manager` owns the named fields of its spec. */
const ownedBy = (manager: string, ...fields: string[]): KubeObject =>
  ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: 'ticketbottle-gateway',
      namespace: 'ticketbottle',
      managedFields: [
        {
          manager,
          operation: 'Apply',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
        },
      ],
    },
  }) as KubeObject;

describe('autoscaler', () => {
  const limits = ({ spec }: ReturnType<typeof autoscaler>) => [spec.minReplicas, spec.maxReplicas];

  it('says both limits, and leaves to a sale those that it holds', () => {
    assert.deepEqual(limits(autoscaler(platform, 'gateway', undefined)), [1, 2]);
    assert.deepEqual(limits(autoscaler(platform, 'gateway', ownedBy('kubectl', 'minReplicas', 'maxReplicas'))), [1, 2]);
    const held = (...fields: string[]) =>
      limits(autoscaler(platform, 'gateway', ownedBy('ticketbottle-eventsale', ...fields)));
    assert.deepEqual(held('minReplicas'), [undefined, 2]);
    assert.deepEqual(held('minReplicas', 'maxReplicas'), [undefined, undefined]);
  });

  it('with the annotation pause-scale-in adds pods and takes none away', () => {
    const annotated = (value: string) => ({
      ...platform,
      metadata: { ...platform.metadata, annotations: { [PAUSE_SCALE_IN]: value } },
    });
    const policy = (of: typeof platform) => {
      const { scaleUp, scaleDown } = autoscaler(of, 'gateway', undefined).spec.behavior;
      return [scaleUp.selectPolicy, scaleDown.selectPolicy];
    };
    assert.deepEqual(policy(platform), ['Max', 'Max']);
    assert.deepEqual(policy(annotated('true')), ['Max', 'Disabled']);
    assert.deepEqual(policy(annotated('false')), ['Max', 'Max']);
  });
});

describe('blindness', () => {
  const NOW = Date.UTC(2027, 0, 1);
  const withActive = (status: string, reason: string, minutesAgo: number): AutoscalerObject => {
    const lastTransitionTime = new Date(NOW - minutesAgo * 60_000).toISOString();
    return {
      ...ownedBy('x'),
      status: { conditions: [{ type: 'ScalingActive', status, reason, lastTransitionTime }] },
    };
  };

  it('is said of an autoscaler that has had no figures for minutes', () => {
    assert.equal(blindness(withActive('False', 'FailedGetResourceMetric', 6), NOW), 'FailedGetResourceMetric');
  });

  it('is not said of one that sees, that has just begun, or that is switched off', () => {
    for (const sees of [
      withActive('True', 'ValidMetricFound', 60),
      withActive('False', 'FailedGetResourceMetric', 1),
      withActive('False', 'ScalingDisabled', 60),
      undefined,
    ])
      assert.equal(blindness(sees, NOW), undefined);
  });
});
