import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ID_NAMESPACE, TOKEN, ticketClassIdName } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { uuidV5 } from '#runtime/ids.ts';
import type { RegionStores } from '#runtime/local/replicated-stores.ts';
import { importSigningKey, type JWK, jwksOf, type SigningKey, signJwt } from '#runtime/tokens.ts';
import type { BookSources } from '../bookkeeper.ts';
import { pause } from '../fault.ts';
import type { Account } from './buyers.ts';
import type { Cluster } from './cluster.ts';
import { saleManifest, sharedServices } from './manifests.ts';
import type { Region } from './region.ts';
import { poolOf } from './stores.ts';

const OPENS_IN_MS = 60_000;
const SIGNING_UP = 4;
const LOOK_MS = 2_000;

export interface SaleView {
  readonly phase?: string;
  readonly term?: number;
  readonly prescaled: boolean;
  /** What the Ready condition says. */
  readonly says: string;
}

/** One EventSale, the same in both regions as Git would have it, and people who have signed up. */
export class Sale {
  readonly eventId = randomUUID();
  readonly classId = uuidV5(ID_NAMESPACE, ticketClassIdName(this.eventId, 'GA'));
  readonly #regions: readonly Region[];
  readonly #opensAtMs = Date.now() + OPENS_IN_MS;

  constructor(regions: readonly Region[]) {
    this.#regions = regions;
  }

  /** The manifest as Git has it now, in every region whose API server is there. */
  async apply(closesAtMs = Date.now() + 3 * 3_600_000): Promise<void> {
    for (const region of this.#regions)
      await region.apply([
        saleManifest(region.plan, { eventId: this.eventId, opensAtMs: this.#opensAtMs, closesAtMs }),
      ]);
  }

  async in(region: Region): Promise<SaleView> {
    const { status } = await region.sale();
    return {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.gate?.term === undefined ? {} : { term: status.gate.term }),
      prescaled: (status?.prescale ?? []).length > 0,
      says: status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? 'nothing yet',
    };
  }

  /** Unix ms at which it was seen so. */
  async becomes(region: Region, phase: string, withinMs: number): Promise<number> {
    for (const end = performance.now() + withinMs; ; await pause(LOOK_MS)) {
      const { phase: now, says } = await this.in(region);
      if (now === phase) return Date.now();
      if (performance.now() > end) throw new Error(`${region.name}: the sale is ${now}: ${says}`);
    }
  }
}

/** People with an account, and a token that lasts as long as the drill. */
export async function signUpAll(region: Region, endpoint: string, count: number): Promise<Account[]> {
  const keys = await region.secret(`${region.name}-signing-keys`);
  const key = await importSigningKey(JSON.parse(keys['ACCESS_PRIVATE_JWK'] ?? '{}') as JWK);
  const accounts: Account[] = [];
  const worker = async () => {
    while (accounts.length < count) accounts.push(await signUp(endpoint, key));
  };
  await Promise.all(Array.from({ length: SIGNING_UP }, worker));
  return accounts;
}

async function signUp(endpoint: string, key: SigningKey): Promise<Account> {
  const answer = await fetch(`${endpoint}/api/v1/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${randomUUID()}@example.test`, password: randomUUID(), fullName: 'Lê Thảo Linh' }),
  });
  if (!answer.ok) throw new Error(`nobody can sign up: ${answer.status} ${await answer.text()}`);
  const userId = ((await answer.json()) as { user: { id: string } }).user.id;
  const accessToken = await signJwt({
    ...{ key, clock, issuer: TOKEN.issuer, audience: TOKEN.accessAudience, subject: userId },
    ...{ ttlMs: 3_600_000, claims: { roles: ['buyer'], sid: randomUUID() } },
  });
  return { userId, accessToken };
}

export async function ticketKeyOf(region: Region): Promise<JWK> {
  const keys = await region.secret(`${region.name}-signing-keys`);
  return jwksOf(JSON.parse(keys['TICKET_PRIVATE_JWK'] ?? '{}') as JWK).keys[0] as JWK;
}

/** The books of a region's stores, and of what both have in common. */
export function sourcesOf(cluster: Cluster, stores: RegionStores, ticketJwk: JWK): BookSources & Disposable {
  const { kafka, aws, providers } = sharedServices(cluster);
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey };
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const [inventoryDb, paymentDb] = [poolOf(stores, 'inventory'), poolOf(stores, 'payment')];
  return {
    ...{ inventoryDb, paymentDb, ticketJwk, providersUrl: providers.url, backing: { kafka } },
    dynamo: DynamoDBDocumentClient.from(client),
    [Symbol.dispose]() {
      client.destroy();
      void Promise.allSettled([inventoryDb.end(), paymentDb.end()]);
    },
  };
}
