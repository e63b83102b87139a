import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ConfigError } from '#runtime/config.ts';
import { readConfig } from './config.ts';
import { loadAssets } from './rendering/assets.ts';
import { choicePage } from './rendering/buyer-pages.ts';

describe('ways to pay', () => {
  it('are offered as the platform names them, the first one chosen', () => {
    const layout = { assets: loadAssets(join(import.meta.dirname, 'pages')), language: 'vi' } as const;
    const event = { id: 'e', name: 'Show', ticketTypes: [] } as unknown as Parameters<typeof choicePage>[1];
    const offered = (html: string) =>
      [...html.matchAll(/name="provider" value="(\w+)" required( checked)?/g)].map(([, id, chosen]) => [id, !!chosen]);
    assert.deepEqual(offered(choicePage(layout, event, ['payos', 'vnpay'])), [
      ['payos', true],
      ['vnpay', false],
    ]);
  });

  it('that nobody knows are refused at the start, by name', () => {
    const read = (PAYMENT_PROVIDERS: string) => () => readConfig({ PAYMENT_PROVIDERS });
    const names = (said: boolean) => (error: unknown) =>
      error instanceof ConfigError && error.problems.some((text) => /PAYMENT_PROVIDERS.*cash/.test(text)) === said;
    assert.throws(read('zalopay,cash'), names(true));
    assert.throws(read('vnpay,zalopay'), names(false), 'only what else is missing');
  });
});
