import type { ServiceName } from '#proto/names.ts';
import { createDatabases, type DesiredDatabase } from '../../external/postgres.ts';
import { SECRET } from '../../kube/resource.ts';
import { admission } from '../adoption.ts';
import { decode } from '../aws-access.ts';
import { isActive } from '../cloud.ts';
import { converge } from '../converge.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import { databaseSecretName } from '../names.ts';
import { applyChild, type Pass } from '../pass.ts';
import { postgresAccess } from '../store-access.ts';
import {
  DATABASE_SERVICES,
  type DatabaseService,
  databaseName,
  databaseRole,
  databaseSecret,
  databaseUrl,
  newPassword,
} from './database-secret.ts';
import { migrateAnew } from './migration-job.ts';

export interface DatabasesFound {
  /** Names of the credentials Secrets that the store shows. */
  readonly secrets: ReadonlySet<string>;
  /** Services whose database is there. */
  readonly ready: ReadonlySet<ServiceName>;
  /** Of the payment database, for the functions. */
  readonly paymentUrl: string | undefined;
}

/** DatabasesReady: Secret `P-S-db`, a role (`tb_S`) with the password in it, and a database that the role owns. */
export async function lookAfterDatabases(pass: Pass): Promise<DatabasesFound> {
  const { platform, children, contested, report, observeOnly } = pass;
  const services = DATABASE_SERVICES.filter((service) => platform.spec.services[service].managed);
  // Not even the Secrets: they hold the address, and pods under way read them.
  const passwords = contested.has('DatabasesReady')
    ? storedPasswords(pass, services)
    : await applyCredentials(pass, services);
  const shown = (name: string) =>
    children.secretData(platform.metadata.namespace, name)?.['DATABASE_URL'] !== undefined;
  const secrets = new Set([...passwords.keys()].map((service) => databaseSecretName(platform, service)).filter(shown));
  const payment = passwords.get('payment');
  const paymentUrl = payment === undefined ? urlOfTheirs(pass, 'payment') : databaseUrl(platform, 'payment', payment);

  const show = (isReady: (service: DatabaseService) => boolean) => {
    report.databases = services.map((name) => ({ name, ready: isReady(name) }));
  };
  if (!isActive(platform)) {
    report.say('DatabasesReady', 'True', 'Standby', 'Databases are written by the active region');
    show(() => true);
    return { secrets, ready: new Set(services), paymentUrl };
  }
  const desired = services.flatMap((service): DesiredDatabase[] => {
    const password = passwords.get(service);
    return password === undefined
      ? []
      : [{ database: databaseName(platform, service), role: databaseRole(platform, service), password }];
  });
  const access = postgresAccess(pass);
  if (access === undefined) {
    report.say(
      'DatabasesReady',
      'False',
      'WaitingForDependency',
      'Waits for the Secret with the credentials: see SecretsReady',
    );
    show(() => false);
    return { secrets, ready: new Set(), paymentUrl };
  }
  const inputs = [access, desired, platform.spec.adoptionPolicy];
  const ready = await lookAfter(pass, 'DatabasesReady', inputs, async (signal) => {
    const admit = admission(
      pass,
      desired.map(({ database }) => `database ${database}`),
    );
    const { pending, applied } = await converge(createDatabases(access), desired, {
      observeOnly,
      signal,
      admit: async (changes) => {
        await admit(changes);
        const made = changes
          .filter(({ step }) => step.kind === 'create-database')
          .map(({ desired: one }) => one.database);
        // Before, so that no crash comes in between.
        if (!observeOnly)
          await migrateAnew(
            pass,
            services.filter((service) => made.includes(databaseName(platform, service))),
          );
      },
    });
    const there = services.filter(
      (service) => !pending.some((change) => change.desired.database === databaseName(platform, service)),
    );
    return findingOf(pending, applied, there, {
      ready: `${services.length} databases are owned by their services`,
      observeOnly,
    });
  });
  show((service) => ready?.includes(service) ?? false);
  return { secrets, ready: new Set(ready), paymentUrl };
}

/** Of a service that is not managed here the database is somebody else's too, and so is the Secret that says where it is. */
function urlOfTheirs({ platform, children }: Pass, service: DatabaseService): string | undefined {
  if (platform.spec.services[service].managed) return undefined;
  const data = children.secretData(platform.metadata.namespace, databaseSecretName(platform, service));
  const url = decode(data?.['DATABASE_URL']);
  return url === '' ? undefined : url;
}

function storedPasswords(
  { platform, children }: Pass,
  services: readonly DatabaseService[],
): Map<DatabaseService, string> {
  const { namespace } = platform.metadata;
  const stored = services.map((service): [DatabaseService, string] => {
    const secret = children.secretData(namespace, databaseSecretName(platform, service));
    return [service, decode(secret?.['password'])];
  });
  return new Map(stored.filter(([, password]) => password !== ''));
}

/** The password of each service, from its Secret or fresh. Only looking, services without a Secret have none. */
async function applyCredentials(
  pass: Pass,
  services: readonly DatabaseService[],
): Promise<Map<DatabaseService, string>> {
  const { platform, observeOnly } = pass;
  const stored = storedPasswords(pass, services);
  const passwords = new Map<DatabaseService, string>();
  for (const service of services) {
    const known = stored.get(service) ?? '';
    if (known === '' && observeOnly) {
      pass.report.plan.push({
        target: `Secret ${databaseSecretName(platform, service)}`,
        action: 'create',
        reason: 'does not exist',
      });
      continue;
    }
    passwords.set(service, pass.freshPasswords.of(platform.metadata.uid, service, known, newPassword));
  }
  await Promise.all(
    [...passwords].map(([service, password]) =>
      applyChild(pass, SECRET, databaseSecret(platform, service, password), 'DatabasesReady'),
    ),
  );
  return passwords;
}
