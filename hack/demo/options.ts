import { parseArgs } from 'node:util';
import { SetupError } from '#runtime/local/setup-error.ts';

export interface DemoOptions {
  readonly buyers: number;
  readonly tickets: number;
  /** How far ahead the doors open. */
  readonly opensInSeconds: number;
  /** A stock hold; late payers pay after it has ended. */
  readonly holdSeconds: number;
  readonly seed: number;
  /** Leave everything running at the end. */
  readonly keep: boolean;
  /** Bring the platform up and leave it running, without a sale. */
  readonly platformOnly: boolean;
  /** Kind of the local cluster's node; chosen unless said. */
  readonly node: string | undefined;
  /** A context of the user's kubeconfig instead of the local cluster. */
  readonly context: string | undefined;
  readonly valuesFile: string | undefined;
  readonly out: string;
  /** The port of this machine that leads to the local cluster's gateway. */
  readonly gatewayPort: number;
}

export const USAGE = `usage: npm run demo -- [options]

  --buyers N        how many people come (2000)
  --tickets N       how many tickets there are (1000)
  --opens-in SEC    how far ahead the doors open (90)
  --hold SEC        how long a ticket is held for payment (60)
  --seed N          who does what; the same seed gives the same play (1)
  --keep            leave cluster, platform and sale running at the end
  --platform-only   bring the platform up and leave it running, without a sale
  --node KIND       how pods run: containerd (as root) or process (as whoever you are); chosen unless said
  --context NAME    a cluster of your kubeconfig instead of the local one; needs --values
  --values FILE     addresses of your own backing services (see config/samples/demo-values.yaml)
  --gateway-port N  where this machine reaches the local gateway (8080)
  --out DIR         where the report, some tickets and some mails go (out/demo)`;

export function parseOptions(argv: readonly string[]): DemoOptions | 'help' {
  const { values } = parse(argv);
  if (values.help === true) return 'help';
  const options: DemoOptions = {
    buyers: whole('--buyers', values.buyers ?? '2000', 1, 20_000),
    tickets: whole('--tickets', values.tickets ?? '1000', 3, 100_000),
    opensInSeconds: whole('--opens-in', values['opens-in'] ?? '90', 30, 3_600),
    holdSeconds: whole('--hold', values.hold ?? '60', 20, 3_600),
    seed: whole('--seed', values.seed ?? '1', 0, 2 ** 31),
    keep: values.keep === true || values['platform-only'] === true,
    platformOnly: values['platform-only'] === true,
    node: values.node,
    context: values.context,
    valuesFile: values.values,
    out: values.out ?? 'out/demo',
    gatewayPort: whole('--gateway-port', values['gateway-port'] ?? '8080', 1, 65_535),
  };
  if (options.context !== undefined && options.valuesFile === undefined) {
    throw new SetupError(
      '--context needs --values FILE with the addresses of your backing services: copy config/samples/demo-values.yaml and fill it in.',
    );
  }
  return options;
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        buyers: { type: 'string' },
        tickets: { type: 'string' },
        'opens-in': { type: 'string' },
        hold: { type: 'string' },
        seed: { type: 'string' },
        keep: { type: 'boolean' },
        'platform-only': { type: 'boolean' },
        node: { type: 'string' },
        context: { type: 'string' },
        values: { type: 'string' },
        out: { type: 'string' },
        'gateway-port': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new SetupError(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}
