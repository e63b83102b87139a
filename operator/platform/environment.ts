import { OPS_PORT, SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { shortHash } from '../external/canonical-json.ts';
import { CALLS, callsKubernetes, STORES } from './call-graph.ts';
import { databaseSecretName, ownerOf, serviceObject, signingKeysName } from './names.ts';
import { providerBaseUrl } from './providers.ts';
import { callerNames } from './service-tls.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

/** What a container of a service finds in its environment. */
export interface ContainerEnvironment {
  /** Values that follow from the spec, for a ConfigMap of this service. */
  readonly config: Readonly<Record<string, string>>;
  /** Secrets, what belongs to the image, and the spec's own entries, which win. */
  readonly env: readonly EnvVar[];
}

/** Every value that is not secret and does not differ between services; each service gets those that it uses. */
export function sharedEnvironment(
  platform: TicketBottlePlatform,
  webhookBaseUrl: string | undefined,
): Record<string, string> {
  const { spec } = platform;
  const awsEndpoint = spec.aws.endpoint;
  const addresses = SERVICES.filter((service) => service !== 'gateway').map((service) => [
    addressVariable(service),
    serviceAddress(platform, service),
  ]);
  const bases = spec.payments.providers.map((provider) => [
    `${provider.name.toUpperCase()}_BASE_URL`,
    providerBaseUrl(provider),
  ]);
  const values: Record<string, string | undefined> = {
    LOG_LEVEL: spec.observability.logLevel,
    OPS_PORT: String(OPS_PORT),
    TB_REGION: spec.region.name,
    TB_PLATFORM: ownerOf(platform),
    ...tracingEnvironment(platform),
    ...Object.fromEntries(addresses),
    REDIS_ADDRESS: spec.redis.address,
    REDIS_TLS: String(spec.redis.tls?.enabled ?? false),
    KAFKA_BROKERS: spec.kafka.brokers.join(','),
    KAFKA_TLS: String(spec.kafka.tls?.enabled ?? false),
    KAFKA_SASL_MECHANISM: spec.kafka.sasl?.mechanism,
    TEMPORAL_ADDRESS: spec.temporal.address,
    TEMPORAL_NAMESPACE: spec.temporal.namespace,
    TEMPORAL_TLS: spec.temporal.tls?.enabled === true ? 'true' : undefined,
    ORDERS_TABLE: spec.orders.table,
    AWS_REGION: spec.aws.region,
    AWS_ENDPOINT_URL_DYNAMODB: spec.orders.endpoint ?? awsEndpoint,
    AWS_ENDPOINT_URL_S3: awsEndpoint,
    AWS_ENDPOINT_URL_SESV2: awsEndpoint,
    MAIL_FROM: spec.mail.from,
    TICKET_BUCKET: spec.storage.ticketBucket,
    ...Object.fromEntries(bases),
    WEBHOOK_BASE_URL: webhookBaseUrl,
    PUBLIC_URL: publicUrl(platform),
  };
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const TRACING = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG'] as const;

/** OpenTelemetry's own names; nothing where no collector is named. */
export function tracingEnvironment({ spec }: TicketBottlePlatform): Partial<Record<(typeof TRACING)[number], string>> {
  const { endpoint, samplePercent } = spec.observability.tracing;
  if (endpoint === undefined) return {};
  return { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: String(samplePercent / 100) };
}

/** Environment of one service's container: exactly what docs/contracts.md gives it, then the spec's own entries. */
export function containerEnvironment(
  platform: TicketBottlePlatform,
  service: ServiceName,
  version: string,
  shared: Readonly<Record<string, string>>,
): ContainerEnvironment {
  const { spec } = platform;
  const config = new Map<string, string>();
  const fromShared = (...names: readonly string[]) => {
    for (const name of names) if (shared[name] !== undefined) config.set(name, shared[name]);
  };
  const fromSecret = (name: string, secret: string, key: string): EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  const uses = (store: string) => STORES[service].some((one) => one === store);

  fromShared('LOG_LEVEL', 'OPS_PORT', 'TB_REGION', 'TB_PLATFORM', ...TRACING, ...CALLS[service].map(addressVariable));
  const variables: EnvVar[] = [
    { name: 'TB_VERSION', value: version },
    { name: service === 'gateway' ? 'HTTP_PORT' : 'GRPC_PORT', value: String(SERVICE_PORT[service]) },
  ];
  if (uses('postgres'))
    variables.push(fromSecret('DATABASE_URL', databaseSecretName(platform, service), 'DATABASE_URL'));
  if (uses('redis')) {
    fromShared('REDIS_ADDRESS', 'REDIS_TLS');
    const auth = spec.redis.authSecretRef;
    if (auth !== undefined) variables.push(fromSecret('REDIS_PASSWORD', auth.name, 'token'));
  }
  if (uses('kafka')) {
    fromShared('KAFKA_BROKERS', 'KAFKA_TLS', 'KAFKA_SASL_MECHANISM');
    const sasl = spec.kafka.sasl?.credentialsSecretRef.name;
    if (sasl !== undefined) {
      variables.push(fromSecret('KAFKA_SASL_USERNAME', sasl, 'username'));
      variables.push(fromSecret('KAFKA_SASL_PASSWORD', sasl, 'password'));
    }
  }
  if (uses('temporal')) fromShared('TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TLS');
  if (uses('dynamodb')) {
    fromShared('ORDERS_TABLE', 'AWS_ENDPOINT_URL_DYNAMODB');
    // The table may live in a region of its own.
    if (spec.orders.region === undefined) fromShared('AWS_REGION');
    else variables.push({ name: 'AWS_REGION', value: spec.orders.region });
  }
  if (uses('s3')) fromShared('TICKET_BUCKET', 'AWS_ENDPOINT_URL_S3', 'AWS_REGION');
  if (uses('ses')) fromShared('MAIL_FROM', 'AWS_ENDPOINT_URL_SESV2', 'AWS_REGION');
  const aws = spec.aws.credentialsSecretRef?.name;
  if (aws !== undefined && (uses('dynamodb') || uses('s3') || uses('ses'))) {
    variables.push(fromSecret('AWS_ACCESS_KEY_ID', aws, 'access-key-id'));
    variables.push(fromSecret('AWS_SECRET_ACCESS_KEY', aws, 'secret-access-key'));
  }
  for (const key of SIGNING_KEYS[service]) variables.push(fromSecret(key, signingKeysName(platform), key));
  if (service === 'payment') {
    for (const { name, credentialsSecretRef } of spec.payments.providers) {
      for (const [variable, key] of Object.entries(PROVIDER_KEYS[name]))
        variables.push(fromSecret(variable, credentialsSecretRef.name, key));
      fromShared(`${name.toUpperCase()}_BASE_URL`);
    }
    fromShared('WEBHOOK_BASE_URL');
  }
  if (callsKubernetes(platform, service)) {
    const { maxSales, maxTickets } = spec.organisers.quota;
    variables.push(
      { name: 'ORGANISERS', value: 'true' },
      { name: 'ORGANISER_MAX_SALES', value: String(maxSales) },
      { name: 'ORGANISER_MAX_TICKETS', value: String(maxTickets) },
    );
  }
  if (spec.serviceTls.enabled) {
    variables.push({ name: 'GRPC_TLS_DIR', value: TLS_DIRECTORY });
    if (service !== 'gateway') variables.push({ name: 'GRPC_CALLERS', value: callerNames(service).join(',') });
  }
  if (service === 'gateway' || service === 'payment' || service === 'user') fromShared('PUBLIC_URL');

  const own = spec.services[service].env ?? [];
  const overridden = new Set(own.map(({ name }) => name));
  return {
    config: Object.fromEntries([...config].filter(([name]) => !overridden.has(name)).sort()),
    env: [...variables.filter(({ name }) => !overridden.has(name)), ...own.map(({ name, value }) => ({ name, value }))],
  };
}

/**
 * Hash of what pods read from Secrets at their start, certificates included: they must start afresh when it changes. ConfigMaps
 * are named after what is in them, so that they change with the template anyway. `secretData(name)` gives a Secret's data as
 * stored.
 */
export function secretsHash(
  env: readonly EnvVar[],
  caBundle: string | undefined,
  secretData: (name: string) => Readonly<Record<string, string>> | undefined,
): string {
  const values = env.flatMap(({ name, valueFrom }) => {
    const ref = valueFrom?.secretKeyRef;
    return ref === undefined ? [] : [[name, secretData(ref.name)?.[ref.key]]];
  });
  return shortHash(caBundle === undefined ? values : [...values, caBundle]);
}

/** Where a service's certificate, key and authorities are mounted; renewed in place. */
export const TLS_DIRECTORY = '/etc/ticketbottle/tls';

/** Which signing keys a service holds: private halves only where something is signed. */
const SIGNING_KEYS: Readonly<Record<ServiceName, readonly string[]>> = {
  gateway: ['ACCESS_PRIVATE_JWK', 'ACCESS_JWKS', 'TICKET_JWKS'],
  waitroom: ['ADMISSION_PRIVATE_JWK'],
  order: ['ADMISSION_JWKS', 'TICKET_PRIVATE_JWK'],
  user: [],
  event: [],
  inventory: [],
  payment: [],
};

/** Environment variable by provider, and the key of the provider's Secret that it comes from. */
export const PROVIDER_KEYS = {
  zalopay: { ZALOPAY_APP_ID: 'app-id', ZALOPAY_KEY1: 'key1', ZALOPAY_KEY2: 'key2' },
  payos: { PAYOS_CLIENT_ID: 'client-id', PAYOS_API_KEY: 'api-key', PAYOS_CHECKSUM_KEY: 'checksum-key' },
  vnpay: { VNPAY_TMN_CODE: 'tmn-code', VNPAY_HASH_SECRET: 'hash-secret' },
} as const;

const addressVariable = (service: ServiceName): string => `${service.toUpperCase()}_ADDR`;

export function serviceAddress(platform: TicketBottlePlatform, service: ServiceName): string {
  return `dns:///${serviceObject(platform, service)}.${platform.metadata.namespace}.svc.cluster.local:${SERVICE_PORT[service]}`;
}

/** Base of links that buyers get. */
export function publicUrl(platform: TicketBottlePlatform): string {
  const { publicUrl: given, host } = platform.spec.ingress;
  if (given !== undefined) return given;
  if (host !== undefined) return `https://${host}`;
  const { namespace } = platform.metadata;
  return `http://${serviceObject(platform, 'gateway')}.${namespace}.svc.cluster.local:${SERVICE_PORT.gateway}`;
}
