/**
 * Checks the draw of a waiting room from outside, as anybody can: what was promised before the opening against what was
 * revealed after it.
 *
 *   node hack/bootstrap.mjs hack/verify-draw/main.ts --event URL [--commitment HEX] [--number N]... [--token TOKEN]
 *
 *   --event       http(s)://HOST/api/v1/events/ID
 *   --commitment  the `seedCommitment` that you noted before the opening
 *   --number      your number: says your place
 *   --token       access token of an organiser: checks every admission too
 *
 * Exit code 0: everything is as promised.
 */
import { parseArgs } from 'node:util';
import { type Admission, placeOf, type RevealedDraw, verifyAdmissions, verifyDraw } from './verify.ts';

const { values } = parseArgs({
  options: {
    event: { type: 'string' },
    commitment: { type: 'string' },
    number: { type: 'string', multiple: true, default: [] },
    token: { type: 'string' },
  },
});
if (values.event === undefined) {
  console.error('usage: verify-draw --event URL [--commitment HEX] [--number N] [--token TOKEN]');
  process.exit(2);
}
const event = values.event.replace(/\/$/, '');

const tick = await get<RevealedDraw & { readonly state: string }>('waitroom/tick');
const draw: RevealedDraw = {
  seed: tick.seed ?? '',
  seedCommitment: tick.seedCommitment,
  shuffledCount: tick.shuffledCount,
};
if (draw.seed === '' && tick.state === 'PRE_QUEUE') {
  console.log(`Not drawn yet. Note this commitment and come back: ${draw.seedCommitment}`);
  process.exit(0);
}
const wrong = verifyDraw(draw, values.commitment);
for (const text of values.number) console.log(`number ${text} has place ${placeOf(Number(text), draw)}`);
let admitted = 0;
if (values.token !== undefined) {
  const admissions = await readAdmissions(values.token);
  admitted = admissions.length;
  wrong.push(...verifyAdmissions(admissions, draw));
}
for (const line of wrong.slice(0, 50)) console.log(`✗ ${line}`);
if (wrong.length === 0) {
  console.log(`✓ ${draw.shuffledCount} numbers were drawn with the seed of ${draw.seedCommitment}`);
  if (values.token !== undefined) console.log(`✓ ${admitted} admissions followed the draw`);
}
process.exitCode = wrong.length === 0 ? 0 : 1;

async function readAdmissions(token: string): Promise<Admission[]> {
  const all: Admission[] = [];
  for (let pageToken = ''; ; ) {
    const page = await get<{ admissions: (Admission & { grantTime: string })[]; nextPageToken: string }>(
      `admissions?pageSize=1000&pageToken=${encodeURIComponent(pageToken)}`,
      { authorization: `Bearer ${token}` },
    );
    all.push(...page.admissions.map((one) => ({ ...one, grantTimeMs: Date.parse(one.grantTime) })));
    if (page.nextPageToken === '') return all;
    pageToken = page.nextPageToken;
  }
}

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`${event}/${path}`, { headers });
  if (!response.ok) throw new Error(`${event}/${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
