import { randomBytes } from 'node:crypto';
import { SERVICE_DATABASE, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { databaseSecretName, keptMeta } from '../names.ts';

export type DatabaseService = keyof typeof SERVICE_DATABASE;

export const DATABASE_SERVICES = Object.keys(SERVICE_DATABASE) as DatabaseService[];

export const hasDatabase = (service: ServiceName): service is DatabaseService => service in SERVICE_DATABASE;

/** What roles of the usual prefix begin with: they are cluster-wide, and older than the prefix. */
const USUAL = { databases: 'ticketbottle', roles: 'tb' };

/** The database of a service. */
export const databaseName = ({ spec }: TicketBottlePlatform, service: DatabaseService): string =>
  `${spec.postgres.databasePrefix}_${service}`;

/** The role that owns a service's database. */
export function databaseRole({ spec }: TicketBottlePlatform, service: DatabaseService): string {
  const { databasePrefix } = spec.postgres;
  return `${databasePrefix === USUAL.databases ? USUAL.roles : databasePrefix}_${service}`;
}

/** 24 random bytes that need no quoting in a URL. */
export const newPassword = (): string => randomBytes(24).toString('base64url');

/**
 * Credentials of one service's database. `password` is made once and then read back from the Secret, so that a change of
 * host or TLS changes the URL but not the role. Outlives the platform object, as the database may.
 */
export function databaseSecret(platform: TicketBottlePlatform, service: DatabaseService, password: string) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: keptMeta(platform, databaseSecretName(platform, service), service),
    type: 'Opaque',
    data: {
      DATABASE_URL: base64(databaseUrl(platform, service, password)),
      password: base64(password),
    },
  };
}

export function databaseUrl(platform: TicketBottlePlatform, service: DatabaseService, password: string): string {
  const { host, port, tls } = platform.spec.postgres;
  const address = host.includes(':') ? `[${host}]` : host;
  const mode = tls?.enabled === true ? '?sslmode=verify-full' : '';
  const login = `${databaseRole(platform, service)}:${encodeURIComponent(password)}`;
  return `postgres://${login}@${address}:${port}/${databaseName(platform, service)}${mode}`;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
