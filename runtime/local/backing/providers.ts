import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  answers,
  type BackingServer,
  isolated,
  type Parts,
  type Place,
  REPOSITORY,
  reachable,
  SYSTEM_PATH,
} from './server.ts';

/** What a merchant gets from the providers when it signs up. */
export interface ProviderKeys {
  readonly zalopay: { readonly appId: string; readonly key1: string; readonly key2: string };
  readonly payos: { readonly clientId: string; readonly apiKey: string; readonly checksumKey: string };
  readonly vnpay: { readonly tmnCode: string; readonly hashSecret: string };
}

/** Keys of the local merchant; they open nothing but the simulator. */
export const PROVIDER_KEYS: ProviderKeys = {
  zalopay: { appId: '2553', key1: 'local-zalopay-key1', key2: 'local-zalopay-key2' },
  payos: { clientId: 'local-payos-client', apiKey: 'local-payos-api-key', checksumKey: 'local-payos-checksum-key' },
  vnpay: { tmnCode: 'TBLOCAL1', hashSecret: 'local-vnpay-hash-secret' },
};

/** The simulator of ZaloPay, PayOS and VNPay (hack/providers). */
export function providersServer(parts: Parts, place: Place, port: number): BackingServer {
  const env = {
    PATH: SYSTEM_PATH,
    PROVIDERS_LISTEN: `${place.bind}:${port}`,
    PROVIDERS_PUBLIC_URL: `http://${place.host}:${port}`,
    ZALOPAY_APP_ID: PROVIDER_KEYS.zalopay.appId,
    ZALOPAY_KEY1: PROVIDER_KEYS.zalopay.key1,
    ZALOPAY_KEY2: PROVIDER_KEYS.zalopay.key2,
    PAYOS_CLIENT_ID: PROVIDER_KEYS.payos.clientId,
    PAYOS_API_KEY: PROVIDER_KEYS.payos.apiKey,
    PAYOS_CHECKSUM_KEY: PROVIDER_KEYS.payos.checksumKey,
    VNPAY_TMN_CODE: PROVIDER_KEYS.vnpay.tmnCode,
    VNPAY_HASH_SECRET: PROVIDER_KEYS.vnpay.hashSecret,
  };
  const args = [join(REPOSITORY, 'hack/providers/main.ts')];
  return {
    ports: [port],
    async prepare() {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'providers',
      ...isolated({ command: parts.node, args, env, tiedToParent: place.tiedToParent }),
      cwd: REPOSITORY,
      ready: async (signal) => await answers(`http://${reachable(place.bind)}:${port}/simulator/payments`, signal),
    },
  };
}
