/**
 * Runs one function as a process that can be killed: an event per line of standard input, for each a line `{"done": ...}`
 * on standard output among those that the function writes itself, one at a time, as an environment of Lambda does.
 *
 *   node function-runner.ts FOLDER_OF_THE_BUNDLE
 */
import { createInterface } from 'node:readline';

const [folder = ''] = process.argv.slice(2);
const { handler } = (await import(`${folder}/index.mjs`)) as { handler: (event: unknown) => Promise<unknown> };
for await (const line of createInterface({ input: process.stdin })) {
  const done = await handler(JSON.parse(line)).then(
    (value) => ({ answer: value }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify({ done })}\n`);
}
