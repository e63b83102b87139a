import type { Clock } from '#runtime/clock.ts';
import type { PaymentConfig } from '../config.ts';
import type { RemoteProviderName } from '../domain/payment.ts';
import { payOs } from './payos.ts';
import type { PaymentProvider } from './provider.ts';

import { vnPay } from './vnpay.ts';
import { zaloPay } from './zalopay.ts';

/** The providers that are configured. */
export function configuredProviders(
  config: PaymentConfig,
  clock: Clock,
): ReadonlyMap<RemoteProviderName, PaymentProvider> {
  const providers = new Map<RemoteProviderName, PaymentProvider>();
  const http = (baseUrl: string) => ({ baseUrl, timeoutMs: config.providerTimeoutMs, clock });
  if (config.zaloPay) {
    const { appId, key1, baseUrl } = config.zaloPay;
    const callbackUrl =
      config.webhookBaseUrl === '' ? '' : `${config.webhookBaseUrl.replace(/\/$/, '')}/webhook/zalopay`;
    providers.set('zalopay', zaloPay({ appId, key1, http: http(baseUrl), callbackUrl }));
  }
  if (config.payOs) {
    const { baseUrl, ...keys } = config.payOs;
    providers.set('payos', payOs({ ...keys, http: http(baseUrl), fallbackUrl: config.publicUrl }));
  }
  if (config.vnPay) {
    const { baseUrl, ...rest } = config.vnPay;
    providers.set('vnpay', vnPay({ ...rest, http: http(baseUrl), fallbackUrl: config.publicUrl }));
  }
  return providers;
}
