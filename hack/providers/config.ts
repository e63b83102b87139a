import { type Environment, parseEnv } from '#runtime/config.ts';

export interface ProvidersConfig {
  readonly host: string;
  readonly port: number;
  /** Base of the payment pages. */
  readonly publicUrl: string;
  readonly zalopay: { readonly appId: string; readonly key1: string; readonly key2: string };
  readonly payos: {
    readonly clientId: string;
    readonly apiKey: string;
    readonly checksumKey: string;
    readonly webhookUrl: string | undefined;
  };
  readonly vnpay: { readonly tmnCode: string; readonly hashSecret: string; readonly ipnUrl: string | undefined };
  /** Ms before each repeated callback; as many repeats as there are numbers. */
  readonly retryDelaysMs: readonly number[];
}

/** Throws ConfigError naming every problem. */
export function providersConfig(environment: Environment): ProvidersConfig {
  return parseEnv(environment, (env) => {
    const [host = '', port = ''] = env.string('PROVIDERS_LISTEN', '127.0.0.1:8600').split(':');
    if (!/^[0-9]+$/.test(port)) env.problem('PROVIDERS_LISTEN must be HOST:PORT');
    const delays = env.list('PROVIDERS_RETRY_MS', ['1000', '3000', '9000']).map(Number);
    if (delays.some((delay) => !Number.isInteger(delay) || delay < 0)) {
      env.problem('PROVIDERS_RETRY_MS must be whole numbers, separated by commas');
    }
    return {
      host,
      port: Number(port),
      publicUrl: env.url('PROVIDERS_PUBLIC_URL', `http://${host}:${port}`).replace(/\/$/, ''),
      zalopay: {
        appId: env.required('ZALOPAY_APP_ID'),
        key1: env.required('ZALOPAY_KEY1'),
        key2: env.required('ZALOPAY_KEY2'),
      },
      payos: {
        clientId: env.required('PAYOS_CLIENT_ID'),
        apiKey: env.required('PAYOS_API_KEY'),
        checksumKey: env.required('PAYOS_CHECKSUM_KEY'),
        webhookUrl: env.optional('PAYOS_WEBHOOK_URL'),
      },
      vnpay: {
        tmnCode: env.string('VNPAY_TMN_CODE', 'TBLOCAL1'),
        hashSecret: env.string('VNPAY_HASH_SECRET', 'local-vnpay-hash-secret'),
        ipnUrl: env.optional('VNPAY_IPN_URL'),
      },
      retryDelaysMs: delays,
    };
  });
}
