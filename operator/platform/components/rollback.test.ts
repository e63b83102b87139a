import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shortHash } from '../../external/canonical-json.ts';
import { rolloutGroups } from '../call-graph.ts';
import { CONFIG_HASH, chooseTemplate, imageIn, type PodTemplate, ROLLED_BACK_FROM, TEMPLATE_HASH } from './rollback.ts';
import type { DeploymentObject } from './rollout.ts';

const template = (image: string, config = 'c1'): PodTemplate => ({
  metadata: { labels: {}, annotations: { [CONFIG_HASH]: config } },
  spec: { containers: [{ image }] },
});

type Said = 'under way' | 'deadline exceeded' | 'not seen yet';

/** The Deployment after `choice` was applied to it. */
function deploymentOf(annotations: Readonly<Record<string, string>>, said: Said): DeploymentObject {
  const failed = said === 'deadline exceeded';
  return {
    metadata: { name: 'tb-user', namespace: 'n', generation: 2, annotations: { ...annotations } },
    status: {
      observedGeneration: said === 'not seen yet' ? 1 : 2,
      conditions: [
        failed || said === 'not seen yet'
          ? { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }
          : { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' },
      ],
    },
  };
}

const of = (wanted: PodTemplate) => ({ [TEMPLATE_HASH]: shortHash(wanted) });
const [good, bad] = [template('user:1'), template('user:2')];

describe('chooseTemplate', () => {
  it('goes forward while a new template is under way, or its fate is not known yet', () => {
    assert.equal(chooseTemplate(bad, deploymentOf(of(bad), 'under way'), good, 'RollBack').kind, 'forward');
    assert.equal(chooseTemplate(bad, deploymentOf(of(bad), 'not seen yet'), good, 'RollBack').kind, 'forward');
  });

  it('goes back to the last good template once the deadline has passed, and stays there', () => {
    const back = chooseTemplate(bad, deploymentOf(of(bad), 'deadline exceeded'), good, 'RollBack');
    assert.equal(back.kind, 'back');
    assert.deepEqual(back.template, good);
    for (const said of ['not seen yet', 'under way', 'deadline exceeded'] as const) {
      const after = chooseTemplate(bad, deploymentOf(back.annotations, said), good, 'RollBack');
      assert.deepEqual([after.kind, after.template], ['stay-back', good], said);
      assert.deepEqual(after.annotations, back.annotations);
    }
  });

  it('tries again when the spec changes, or when somebody takes the mark away', () => {
    const { annotations } = chooseTemplate(bad, deploymentOf(of(bad), 'deadline exceeded'), good, 'RollBack');
    const marked = deploymentOf(annotations, 'under way');
    assert.equal(imageIn(chooseTemplate(template('user:3'), marked, good, 'RollBack').template), 'user:3');
    const { [ROLLED_BACK_FROM]: _mark, ...rest } = annotations;
    assert.equal(imageIn(chooseTemplate(bad, deploymentOf(rest, 'under way'), good, 'RollBack').template), 'user:2');
  });

  it('gives a rotated Secret to the good image, without trying the bad one again', () => {
    const { annotations } = chooseTemplate(bad, deploymentOf(of(bad), 'deadline exceeded'), good, 'RollBack');
    const rotated = chooseTemplate(template('user:2', 'c2'), deploymentOf(annotations, 'under way'), good, 'RollBack');
    assert.equal(rotated.kind, 'stay-back');
    assert.deepEqual(rotated.template, template('user:1', 'c2'));
  });

  it('tries a mended Secret where the old value was what failed', () => {
    const broken = template('user:1', 'broken');
    const { annotations, template: back } = chooseTemplate(
      broken,
      deploymentOf(of(broken), 'deadline exceeded'),
      good,
      'RollBack',
    );
    assert.deepEqual(back, good);
    const mended = chooseTemplate(template('user:1', 'c3'), deploymentOf(annotations, 'under way'), good, 'RollBack');
    assert.deepEqual([mended.kind, mended.template], ['forward', template('user:1', 'c3')]);
  });

  it('has nothing to go back to at a first installation, and does not with onFailure Stop', () => {
    const failed = deploymentOf(of(bad), 'deadline exceeded');
    assert.equal(chooseTemplate(bad, failed, undefined, 'RollBack').kind, 'forward');
    assert.equal(chooseTemplate(bad, failed, good, 'Stop').kind, 'forward');
  });

  it('never retries what failed and never flaps, whatever is asked for in between (property)', () => {
    const image = fc.constantFrom('user:1', 'user:2', 'user:3');
    const config = fc.constantFrom('c1', 'c2');
    const said = fc.constantFrom<Said>('under way', 'deadline exceeded', 'not seen yet');
    fc.assert(
      fc.property(fc.array(fc.tuple(image, config, said), { maxLength: 12 }), (steps) => {
        let annotations: Readonly<Record<string, string>> = of(good);
        for (const [wantedImage, wantedConfig, fate] of steps) {
          const wanted = template(wantedImage, wantedConfig);
          const choice = chooseTemplate(wanted, deploymentOf(annotations, fate), good, 'RollBack');
          if (choice.kind === 'back') {
            const again = chooseTemplate(wanted, deploymentOf(choice.annotations, fate), good, 'RollBack');
            assert.equal(again.kind, 'stay-back');
          }
          assert.equal(choice.annotations[TEMPLATE_HASH], shortHash(choice.template));
          annotations = choice.annotations;
        }
      }),
    );
  });
});

describe('rolloutGroups', () => {
  it('follows the call graph: callees before callers', () => {
    assert.deepEqual(
      rolloutGroups().map((group) => group.toSorted()),
      [['event', 'inventory', 'payment', 'user', 'waitroom'], ['order'], ['gateway']],
    );
  });
});
