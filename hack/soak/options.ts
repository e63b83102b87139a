import { parseArgs } from 'node:util';
import { SetupError } from '#runtime/local/setup-error.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Platforms of which every store is out of reach: children in the cluster are made, looks outside fail. */
  readonly platforms: number;
  readonly suspended: number;
  readonly sales: number;
  /** Pause between two changes of the writer. */
  readonly writeEveryMs: number;
  readonly seed: number;
  readonly out: string;
}

export const USAGE = `usage: npm run soak -- [options]

  --minutes N     how long (30)
  --platforms N   platforms that work, with stores out of reach (2)
  --suspended N   platforms that are suspended (8)
  --sales N       event sales (40)
  --every MS      pause between two changes (150)
  --seed N        which changes and faults; the same seed draws the same (1)
  --out DIR       where report.json goes (out/soak)`;

export function parseOptions(argv: readonly string[]): SoakOptions | 'help' {
  const { values } = parse(argv);
  if (values.help === true) return 'help';
  return {
    minutes: number('--minutes', values.minutes ?? '30', 0.5, 2_880),
    platforms: number('--platforms', values.platforms ?? '2', 1, 20),
    suspended: number('--suspended', values.suspended ?? '8', 1, 500),
    sales: number('--sales', values.sales ?? '40', 1, 2_000),
    writeEveryMs: number('--every', values.every ?? '150', 10, 60_000),
    seed: number('--seed', values.seed ?? '1', 0, 2 ** 31),
    out: values.out ?? 'out/soak',
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        minutes: text,
        platforms: text,
        suspended: text,
        sales: text,
        every: text,
        seed: text,
        out: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!(value >= min && value <= max))
    throw new SetupError(`${name} must be a number from ${min} to ${max}, not "${text}".`);
  return value;
}
