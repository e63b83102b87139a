import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM } from '#operator/kube/resource.ts';
import { FUNCTIONS, type ServiceName, TOPIC } from '#proto/names.ts';
import { makePlatform, reportReplicas, startOperator } from '../eventsale/operator-fixture.ts';
import { createWebhookFunction } from '../eventsale/webhook-function.ts';
import { clientOf } from '../kube/api-fixture.ts';
import { apply, documents, guardedApiServer, NAMESPACE } from '../validation/api-fixture.ts';
import { type Site, startSite } from './site.ts';

const SALES = `/apis/ticketbottle.io/v1alpha1/namespaces/${NAMESPACE}/eventsales`;
const ACCOUNT = 'ticketbottle-event';

/** A site whose organisers schedule real EventSales, which the operator's own controller prepares, opens and closes. */
export interface OrganisersSite extends AsyncDisposable {
  readonly site: Site;
  /** The object as it is kept. */
  sale(
    name: string,
  ): Promise<{ readonly spec: Record<string, unknown>; readonly status?: { readonly phase?: string } }>;
  /** What somebody who may approve does with kubectl. */
  approve(name: string): Promise<void>;
}

/**
 * The API server with the project's definitions, admission policies and rights, the shop with the event service signed in as its
 * service account, and the sales controller. What a kubelet and the platform's controller would report is written down: neither
 * is here.
 */
export async function startOrganisersSite(hold: string): Promise<OrganisersSite> {
  await using stack = new AsyncDisposableStack();
  const api = await guardedApiServer();
  const site = stack.use(
    await startSite(hold, {
      ORGANISERS: 'true',
      TB_PLATFORM: `${NAMESPACE}/ticketbottle`,
      KUBECONFIG: await kubeconfigOfService(api),
    }),
  );
  const client = clientOf(api.server);
  stack.defer(() => client.close());
  const { backing } = site.shop;
  await createWebhookFunction(backing.aws, 'ticketbottle-payment-webhook-handler');
  const redisAddress = backing.redis.address;
  const { aws, postgres } = backing;
  await makePlatform(client, NAMESPACE, { redisAddress, accessKey: site.accessKey, aws, postgres });
  await client.mergePatch(PLATFORM, NAMESPACE, 'ticketbottle', { spec: { organisers: { enabled: true } } });
  await reportReplicas(client, NAMESPACE, 4);
  const now = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'AsSpecified', message: '', lastTransitionTime: now };
  const status = {
    conditions: [ready],
    topics: Object.values(TOPIC).map((name) => ({ name, partitions: 3, ready: true })),
    functions: FUNCTIONS.map((name) => ({ name, liveVersion: '1', state: 'Active' })),
  };
  await client.mergePatch(PLATFORM, NAMESPACE, 'ticketbottle', { status }, { subresource: 'status' });
  const addressOf = (_platform: unknown, service: ServiceName) => site.addressOf(service);
  const operator = startOperator(clientOf(api.server), NAMESPACE, { addressOf });
  stack.defer(() => operator.stop());

  const owned = stack.move();
  return {
    site,
    sale: async (name) => (await api.ask('GET', `${SALES}/${name}`)).body as never,
    async approve(name) {
      const annotations = { 'ticketbottle.io/approved-by': 'admin' };
      const patch = { metadata: { annotations } };
      const answer = await api.ask('PATCH', `${SALES}/${name}`, patch, undefined, 'application/merge-patch+json');
      if (answer.status !== 200) throw new Error(answer.message);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Api = Awaited<ReturnType<typeof guardedApiServer>>;

/** The event service's own rights and no more, as config/organisers gives them. */
async function kubeconfigOfService({ ask, server }: Api): Promise<string> {
  for (const file of ['config/rbac/organiser-role.yaml', 'config/organisers/role-binding.yaml'])
    for (const object of documents(file)) await apply(ask, object);
  const metadata = { name: ACCOUNT, namespace: NAMESPACE };
  await apply(ask, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const issued = await ask('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${ACCOUNT}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  } as never);
  const { token } = issued.body.status as { token: string };
  const file = join(server.dir, 'event-kubeconfig');
  writeFileSync(file, readFileSync(server.kubeconfig, 'utf8').replaceAll(server.token, token), { mode: 0o600 });
  return file;
}
