import type { TicketBottlePlatform } from '../api/platform.gen.ts';

type Provider = TicketBottlePlatform['spec']['payments']['providers'][number];

const LIVE_BASE_URL: Readonly<Record<Provider['name'], string>> = {
  zalopay: 'https://openapi.zalopay.vn',
  payos: 'https://api-merchant.payos.vn',
  vnpay: 'https://merchant.vnpay.vn',
};

export function providerBaseUrl(provider: Provider): string {
  return (provider.baseUrl ?? LIVE_BASE_URL[provider.name]).replace(/\/$/, '');
}

/**
 * Base under which providers call us: what the spec says, else the API that the operator made. One base serves all
 * providers, because the payment service builds the callback URL of an order before it knows more than the provider's name.
 */
export function webhookBaseUrl(platform: TicketBottlePlatform, apiUrl: string | undefined): string | undefined {
  const given = platform.spec.payments.providers.find((provider) => provider.webhookBaseUrl !== undefined);
  return (given?.webhookBaseUrl ?? apiUrl)?.replace(/\/$/, '');
}
