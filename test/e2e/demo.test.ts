import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '#hack/demo/report.ts';

const root = join(import.meta.dirname, '..', '..');
const out = join(root, 'out', 'e2e');

/** The demo in small, as a person would start it. It sets up what is missing, and takes it down; a cluster that was up stays up. */
describe('the demo', function () {
  this.timeout(40 * 60_000);
  let code: number | null;
  let output = '';
  let report: Report;

  before(async () => {
    const wasUp = spawnSync(process.execPath, ['hack/cluster/main.ts', 'status'], { cwd: root }).status === 0;
    const keep = wasUp ? ['--keep'] : [];
    const args = ['--buyers', '120', '--tickets', '60', '--opens-in', '60', '--hold', '60', ...keep, '--out', out];
    const child = spawn(process.execPath, ['hack/demo/main.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    assert.equal(code, 0, `the demo ended with ${code}:\n${output.slice(-6_000)}`);
    report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  });

  it('sells tickets once, for money, and nobody is left without ticket or refund', () => {
    assert.deepEqual(report.problems, []);
    // A hold that somebody abandons at the very end may come back when nobody is left to buy.
    assert.ok(report.sold > 50 && report.sold <= 60, String(report.sold));
    assert.equal(report.oversold, 0);
    assert.equal(report.paidWithoutTicket, 0);
    assert.equal(report.ticketWithoutPayment, 0);
  });

  it('opens the doors on time and in the published order', () => {
    assert.equal(report.admittedBeforeOpen, 0);
    assert.equal(report.orderViolations, 0);
    assert.ok(report.openSkewMs !== null && report.openSkewMs >= 0, String(report.openSkewMs));
    assert.ok(report.readyMarginSeconds !== null && report.readyMarginSeconds > 0, String(report.readyMarginSeconds));
  });

  it('walks through the phases, prescaled before the opening and scaled down after it', () => {
    const phases = report.phases.map(({ phase }) => phase);
    for (const phase of ['Prescaling', 'Armed', 'Open', 'ScaledDown'])
      assert.ok(phases.includes(phase), `${phase} in ${phases}`);
    assert.ok(report.prescale.length >= 7);
    assert.deepEqual(
      report.prescale.filter((line) => !line.ready),
      [],
    );
  });

  it('leaves tickets that people can open', () => {
    const pdfs = readdirSync(out).filter((file) => file.endsWith('.pdf'));
    assert.ok(pdfs.length > 0);
    for (const file of pdfs) assert.equal(readFileSync(join(out, file)).subarray(0, 5).toString(), '%PDF-');
  });
});
