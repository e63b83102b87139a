import { decode } from './aws-access.ts';
import { databaseFunctions } from './cloud.ts';
import type { DatabasesFound } from './components/databases.ts';
import type { CloudSecretValues } from './components/functions.ts';
import { missingFrom, requiredSecrets } from './components/secrets.ts';
import { PROVIDER_KEYS } from './environment.ts';
import type { Pass } from './pass.ts';
import { providerBaseUrl } from './providers.ts';

/** What goes into Secrets Manager for the functions; undefined while a Secret that it comes from is not complete. */
export function cloudSecretValues(
  { platform, children }: Pass,
  databases: Pick<DatabasesFound, 'paymentUrl'>,
): CloudSecretValues | undefined {
  const { payments, kafka } = platform.spec;
  const { namespace } = platform.metadata;
  const needed = new Set([
    ...payments.providers.map(({ credentialsSecretRef }) => credentialsSecretRef.name),
    ...(kafka.sasl === undefined ? [] : [kafka.sasl.credentialsSecretRef.name]),
  ]);
  const incomplete = requiredSecrets(platform).some(
    (one) =>
      needed.has(one.name) && missingFrom(one, namespace, children.secretData(namespace, one.name)) !== undefined,
  );
  if (incomplete || (databases.paymentUrl === undefined && databaseFunctions(platform).length > 0)) return undefined;

  const providers = payments.providers.flatMap((provider): [string, string][] => {
    const data = children.secretData(namespace, provider.credentialsSecretRef.name);
    return [
      ...Object.entries(PROVIDER_KEYS[provider.name]).map(([name, key]): [string, string] => [
        name,
        decode(data?.[key]),
      ]),
      [`${provider.name.toUpperCase()}_BASE_URL`, providerBaseUrl(provider)],
    ];
  });
  const sasl =
    kafka.sasl === undefined ? undefined : children.secretData(namespace, kafka.sasl.credentialsSecretRef.name);
  return {
    paymentDatabaseUrl: databases.paymentUrl,
    providers: Object.fromEntries(providers),
    kafka: sasl === undefined ? undefined : { username: decode(sasl['username']), password: decode(sasl['password']) },
  };
}
