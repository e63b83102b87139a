import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { SetupError } from '#runtime/local/setup-error.ts';

/**
 * Where everything is. For the local cluster the demo fills this in by itself; for another cluster it comes from one file.
 * Addresses under `postgres` ... `providers` are as pods see them; `reach` is how the demo itself gets there.
 */
export interface DemoValues {
  readonly images: {
    readonly registry: string;
    readonly version: string;
    readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
    /** Full references by program (`operator`, `gateway` ...) where they differ from registry and version. */
    readonly overrides?: Readonly<Record<string, string>>;
  };
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  };
  readonly redis: { readonly address: string; readonly token?: string };
  readonly kafka: { readonly brokers: readonly string[]; readonly replicationFactor: number };
  readonly temporal: { readonly address: string };
  readonly aws: {
    readonly endpoint?: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly providers: { readonly url: string; readonly zalopay: ZaloPayKeys; readonly payos: PayOsKeys };
  readonly reach: {
    readonly gatewayUrl: string;
    readonly providersUrl: string;
    readonly awsEndpoint?: string;
    readonly postgresHost: string;
    readonly postgresPort: number;
    /** What the gateway writes into mails; what people open. */
    readonly publicUrl: string;
  };
  readonly nodePort?: number;
}

export interface ZaloPayKeys {
  readonly appId: string;
  readonly key1: string;
  readonly key2: string;
}

export interface PayOsKeys {
  readonly clientId: string;
  readonly apiKey: string;
  readonly checksumKey: string;
}

const text = { type: 'string', minLength: 1 } as const;
const port = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const record = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const schema = record(
  {
    images: record(
      {
        registry: text,
        version: text,
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
        overrides: { type: 'object', additionalProperties: text },
      },
      ['overrides'],
    ),
    postgres: record({ host: text, port, username: text, password: text }),
    redis: record({ address: text, token: text }, ['token']),
    kafka: record({
      brokers: { type: 'array', items: text, minItems: 1 },
      replicationFactor: { type: 'integer', minimum: 1 },
    }),
    temporal: record({ address: text }),
    aws: record({ endpoint: text, region: text, accessKeyId: text, secretAccessKey: text }, ['endpoint']),
    providers: record({
      url: text,
      zalopay: record({ appId: text, key1: text, key2: text }),
      payos: record({ clientId: text, apiKey: text, checksumKey: text }),
    }),
    reach: record(
      {
        gatewayUrl: text,
        providersUrl: text,
        awsEndpoint: text,
        postgresHost: text,
        postgresPort: port,
        publicUrl: text,
      },
      ['awsEndpoint'],
    ),
    nodePort: { type: 'integer', minimum: 30000, maximum: 32767 },
  },
  ['nodePort'],
);

/** Reads a values file; every problem is named at once. */
export function readValues(file: string): DemoValues {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SetupError(`${file} cannot be read as YAML: ${(error as Error).message}`, { cause: error });
  }
  const validate = new Ajv({ allErrors: true }).compile(schema);
  if (!validate(document)) {
    const problems = (validate.errors ?? [])
      .map(({ instancePath, message, params }) => {
        const extra = params['additionalProperty'];
        return `  ${instancePath || '/'} ${message}${extra === undefined ? '' : `: ${extra}`}`;
      })
      .join('\n');
    throw new SetupError(`${file} does not fit; compare it with config/samples/demo-values.yaml:\n${problems}`);
  }
  return document as unknown as DemoValues; // the schema above is that type
}
