/**
 * Another signing key for a platform, in steps (docs/security.md): reads Secret `P-signing-keys` as JSON, prints the patch of one
 * step. It lies in the operator's image, as it needs nothing but Node.
 */
import { text } from 'node:stream/consumers';
import { PURPOSES, type Purpose, rotate, STEPS, type Step, WrongStep } from './rotate.ts';

const USAGE = `usage: kubectl get secret P-signing-keys -o json | rotate-key ${PURPOSES.join('|')} ${STEPS.join('|')}`;

async function main(): Promise<number> {
  const [purpose, step, ...more] = process.argv.slice(2);
  const known = PURPOSES.includes(purpose as Purpose) && STEPS.includes(step as Step) && more.length === 0;
  if (!known || process.stdin.isTTY) {
    console.error(USAGE);
    return 2;
  }
  let data: Record<string, string>;
  try {
    ({ data } = JSON.parse(await text(process.stdin)) as { data: Record<string, string> });
    data = Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  } catch {
    console.error(`standard input is no Secret as JSON\n${USAGE}`);
    return 2;
  }
  try {
    const change = Object.entries(await rotate(data, purpose as Purpose, step as Step));
    const encoded = change.map(([key, value]) => [key, value === null ? null : Buffer.from(value).toString('base64')]);
    console.log(JSON.stringify({ data: Object.fromEntries(encoded) }));
    return 0;
  } catch (error) {
    if (!(error instanceof WrongStep)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main();
