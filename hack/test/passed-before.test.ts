import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { passedBefore } from './passed-before.ts';

describe('areas that passed before', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const memory = (kind = 'usual') => passedBefore(root, join(root, '.git', 'passed'), kind);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'passed-before-'));
    execFileSync('git', ['init', '-q', root]);
    write('operator/a.ts', '1');
    write('test/integration/kube/one.test.ts', '1');
    write('test/integration/kube/fixture.ts', '1');
    write('test/integration/platform/two.test.ts', '1');
    memory().keep('kube', 12);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are known again while the files are the same', () => {
    assert.equal(memory().look('kube'), 12);
    assert.equal(memory().look('platform'), undefined);
    assert.equal(memory('drills').look('kube'), undefined);
  });

  it('run again after a change of a program, of their own tests or of a helper, also of one that is not committed', () => {
    for (const file of [
      'operator/a.ts',
      'operator/new.ts',
      'test/integration/kube/one.test.ts',
      'test/integration/kube/fixture.ts',
      'test/integration/platform/helper.ts',
    ]) {
      memory().keep('kube', 12);
      write(file, 'changed');
      assert.equal(memory().look('kube'), undefined, file);
    }
  });

  it('do not care about the tests of another area', () => {
    write('test/integration/platform/two.test.ts', '2');
    assert.equal(memory().look('kube'), 12);
  });

  it('are not taken for tested in the state that a file got during the run', () => {
    const run = memory();
    assert.equal(run.look('platform'), undefined);
    write('operator/a.ts', 'edited meanwhile');
    run.keep('platform', 3);
    assert.equal(memory().look('platform'), undefined);
    write('operator/a.ts', '1');
    assert.equal(memory().look('platform'), 3);
  });
});
