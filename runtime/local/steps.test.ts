import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { run } from './command.ts';
import { Steps } from './steps.ts';

describe('Steps', () => {
  it('prints a line for each step and keeps name, seconds and whether it was cached', async () => {
    let text = '';
    const steps = new Steps({ write: (chunk) => (text += chunk) });
    assert.equal(await steps.run('first', async () => 7), 7);
    await steps.run('second', async (step) => {
      step.cached();
      step.detail('of yesterday');
    });
    assert.deepEqual(
      steps.results().map(({ step, cached }) => ({ step, cached })),
      [
        { step: 'first', cached: false },
        { step: 'second', cached: true },
      ],
    );
    assert.match(text, /✓ first +0\.0 s\n.*✓ second +0\.0 s {2}cached, of yesterday\n$/);
  });

  it('marks a step that fails, keeps it out of the results and passes its error on', async () => {
    let text = '';
    const steps = new Steps({ write: (chunk) => (text += chunk) });
    const failure = new Error('no disk');
    await assert.rejects(
      steps.run('third', async () => {
        throw failure;
      }),
      failure,
    );
    assert.match(text, /✗ third/);
    assert.deepEqual(steps.results(), []);
  });

  it('says one sentence when a disk fills up, whoever wrote to it', async () => {
    const steps = new Steps({ write: () => undefined });
    const full = { name: 'SetupError', message: /^The disk filled up during "fourth"; .*TICKETBOTTLE_HOME=\/path/ };
    await assert.rejects(
      steps.run('fourth', () => writeFile('/dev/full', 'x')),
      full,
    );
    await assert.rejects(
      steps.run('fourth', () => run('sh', ['-c', 'head -c 1 /dev/zero > /dev/full'])),
      full,
    );
  });
});
