/**
 * The backing services of the local cluster, and of tests: real servers, and the simulator of the payment providers.
 *
 *   up [--with dynamodb-local] [--durable] [--port NAME=PORT] [--report FILE]
 *                          brings them up inside the cluster's network namespace, or finds them up
 *   down                   stops them and removes their data
 *   status [--json]        what runs and where; exit code 0 only when all of them run
 *   run --which A,B [--json] [--port NAME=PORT] [--dir DIR] [--durable]
 *                          starts some on 127.0.0.1 and free ports; ends with SIGTERM, Ctrl-C or its standard input
 */
import { parseArgs } from 'node:util';
import { CommandError } from '#runtime/local/command.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { backingDown } from './down.ts';

import { parsePorts, parseWhich } from './options.ts';
import { runInForeground } from './run.ts';
import { printStatus } from './status.ts';
import { bringUp, bringUpInside } from './up.ts';

const USAGE = `usage: node hack/backing/main.ts up [--with dynamodb-local] [--durable] [--port NAME=PORT] [--report FILE]
                          down | status [--json]
                          run --which postgres,redis [--json] [--port NAME=PORT] [--dir DIR] [--durable]`;

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  const layout = localLayout(process.env);
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const port = { type: 'string', multiple: true, default: [] as string[] } as const;
  switch (command) {
    case 'up': {
      const options = { with: text, report: text, port, durable: flag, inside: flag };
      const { values } = parseArgs({ args, options });
      const wanted = {
        extra: values.with === undefined ? [] : parseWhich(values.with),
        ports: parsePorts(values.port),
        durable: values.durable,
        report: values.report,
      };
      if (values.inside)
        await bringUpInside(
          layout,
          wanted,
          interruption(() => {}),
        );
      else await bringUp(layout, wanted, { args, path: process.env.PATH, signal: interruption(() => {}) });
      return 0;
    }
    case 'down':
      parseArgs({ args, options: {} });
      await backingDown(layout);
      return 0;
    case 'status': {
      const { values } = parseArgs({ args, options: { json: flag } });
      return printStatus(layout, values.json) ? 0 : 1;
    }
    case 'run': {
      const { values } = parseArgs({ args, options: { which: text, json: flag, port, dir: text, durable: flag } });
      await runInForeground({
        which: parseWhich(values.which ?? ''),
        ports: parsePorts(values.port),
        dir: values.dir,
        durable: values.durable,
        json: values.json,
        signal: interruption(() => {}),
      });
      return 0;
    }
    default:
      process.stderr.write(`${USAGE}\n`);
      return 2;
  }
}

// A reader that has seen enough, such as head, is no reason to crash.
process.stdout.on('error', () => {});

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof InterruptedError) {
    // The half inside the namespace leaves the word to the half that a person started.
    if (!process.argv.includes('--inside')) process.stderr.write('Interrupted; what this step began is stopped.\n');
    process.exitCode = 130;
  } else if (error instanceof SetupError || error instanceof CommandError || error instanceof RangeError) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    process.exitCode = 1;
  } else if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exitCode = 2;
  } else throw error;
}
