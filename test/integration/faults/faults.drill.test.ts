import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A few of `npm run faults`, in their short form: the rest is `npm run faults -- all`. */
describe('faults under load', function () {
  this.timeout(600_000);

  it('killed inventory, payment and relay, repeated webhooks, late money: nothing lost, nothing violated', async () => {
    const args = ['hack/faults/main.ts', '1', '4', '5', '15', '17', '--short', '--rate', '2'];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    assert.match(output, /^lost: 0, violated: 0$/m, output.slice(-4_000));
    assert.equal(code, 0, output.slice(-4_000));
  });
});
