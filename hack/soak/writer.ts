import type { ApiServer } from '#runtime/local/apiserver.ts';
import { pick } from './draw.ts';
import type { Ledger } from './ledger.ts';
import { NAMESPACE, PLATFORMS, SALES, sale } from './objects.ts';

const MERGE = 'application/merge-patch+json';
/** Children whose loss the operator must notice; the paths of their collections. */
const CHILDREN: Readonly<Record<string, string>> = {
  services: `/api/v1/namespaces/${NAMESPACE}/services`,
  serviceaccounts: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  networkpolicies: `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`,
  poddisruptionbudgets: `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`,
};
const MANAGED = 'labelSelector=app.kubernetes.io%2Fmanaged-by%3Dticketbottle-operator';

interface Found {
  readonly metadata: { name: string; uid: string; generation?: number; deletionTimestamp?: string };
  readonly status?: {
    observedGeneration?: number;
    conditions?: { type: string; observedGeneration?: number }[];
  };
}

export interface WriterDeps {
  readonly server: ApiServer;
  readonly ledger: Ledger;
  readonly draw: () => number;
  readonly now: () => number;
  readonly platforms: readonly string[];
  readonly sales: readonly string[];
}

/** Changes one thing at random. Throws what the API server answers, or does not, during a fault. */
export async function changeSomething(deps: WriterDeps): Promise<void> {
  const { server, ledger, draw, now, platforms, sales } = deps;
  const chance = draw();
  if (chance < 0.6) {
    const name = pick(draw, sales);
    const spec = { waitroom: { admissionsPerMinute: 60 + Math.floor(draw() * 5_000) } };
    const changed = (await server.fetch('PATCH', `${SALES}/${name}`, { spec }, MERGE)) as Found;
    ledger.wrote(`sale ${name}`, String(changed.metadata.generation), now());
  } else if (chance < 0.9) {
    const name = pick(draw, platforms);
    const spec = { imagePullSecrets: [{ name: `pull-${Math.floor(draw() * 1_000)}` }] };
    const changed = (await server.fetch('PATCH', `${PLATFORMS}/${name}`, { spec }, MERGE)) as Found;
    ledger.wrote(`platform ${name}`, String(changed.metadata.generation), now());
  } else if (chance < 0.95) {
    await comeOrGo(deps);
  } else {
    const path = CHILDREN[pick(draw, Object.keys(CHILDREN))] ?? '';
    const { items } = (await server.fetch('GET', `${path}?${MANAGED}`)) as { items: Found[] };
    if (items.length === 0) return;
    const { name, uid } = pick(draw, items).metadata;
    await server.fetch('DELETE', `${path}/${name}`);
    ledger.wrote(`child ${path}/${name}`, `not ${uid}`, now());
  }
}

/** A sale of no platform appears, or one that did goes. */
async function comeOrGo({ server, ledger, draw, now }: WriterDeps): Promise<void> {
  const name = `passing-${Math.floor(draw() * 10)}`;
  const found = (await server.fetch('GET', SALES)) as { items: Found[] };
  const there = found.items.find(({ metadata }) => metadata.name === name);
  if (there?.metadata.deletionTimestamp !== undefined) return;
  if (there === undefined) {
    const made = (await server.fetch('POST', SALES, sale(name, 'nobody'))) as Found;
    ledger.wrote(`sale ${name}`, String(made.metadata.generation), now());
  } else {
    await server.fetch('DELETE', `${SALES}/${name}`);
    ledger.wrote(`sale ${name}`, 'gone', now());
  }
}

/** The generation that the operator has seen: of what is paused only the condition that says so moves on. */
function answered(status: Found['status']): number {
  const paused = status?.conditions?.find(({ type }) => type === 'Paused')?.observedGeneration ?? 0;
  return Math.max(status?.observedGeneration ?? 0, paused);
}

/** Looks past the proxy at what the operator has answered. */
export async function settle({ server, ledger, now }: WriterDeps): Promise<void> {
  for (const [kind, path] of [
    ['platform', PLATFORMS],
    ['sale', SALES],
  ] as const) {
    const { items } = (await server.fetch('GET', path)) as { items: Found[] };
    const present = new Set(items.map(({ metadata }) => `${kind} ${metadata.name}`));
    for (const { metadata, status } of items) {
      const thing = `${kind} ${metadata.name}`;
      const wanted = Number(ledger.owes(thing));
      if (answered(status) >= wanted) ledger.settle(thing, now());
    }
    for (const thing of ledger.things(kind))
      if (!present.has(thing) && ledger.owes(thing) === 'gone') ledger.settle(thing, now());
  }
  for (const path of Object.values(CHILDREN)) {
    const prefix = `child ${path}/`;
    const owed = ledger.things('child').filter((thing) => thing.startsWith(prefix));
    if (owed.length === 0) continue;
    const { items } = (await server.fetch('GET', `${path}?${MANAGED}`)) as { items: Found[] };
    for (const { metadata } of items) {
      const thing = `${prefix}${metadata.name}`;
      if (ledger.owes(thing) !== undefined && ledger.owes(thing) !== `not ${metadata.uid}`) ledger.settle(thing, now());
    }
  }
}
