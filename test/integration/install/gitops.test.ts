import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Condition } from '#operator/api/conditions.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { PLATFORM_SPEC } from '#operator/api/platform-schema.gen.ts';
import { withDefaults } from '#operator/api/structural.ts';
import { bytes, milli } from '#operator/eventsale/prescale/nodes.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { deployment } from '#operator/platform/components/deployment.ts';
import { SERVICES } from '#proto/names.ts';
import { CHART, helm, judge, kustomize, objectsOf, ROOT } from './tools.ts';

type Said = readonly [type: string, status: string, message?: string];

/** A resource as the operator leaves it, with as much of it as health is read from. */
function resource(
  kind: string,
  said: readonly Said[],
  more: { readonly phase?: string; readonly seen?: number; readonly deleting?: boolean } = {},
) {
  const conditions = said.map(
    ([type, status, message = `${type} says so`]): Condition => ({ type, status, message, reason: 'Test' }) as never,
  );
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind,
    metadata: {
      name: 'x',
      namespace: 'ns',
      generation: 3,
      ...(more.deleting ? { deletionTimestamp: '2027-01-01T00:00:00Z' } : {}),
    },
    spec: {},
    ...(said.length === 0
      ? {}
      : {
          status: {
            observedGeneration: more.seen ?? 3,
            conditions,
            ...(more.phase === undefined ? {} : { phase: more.phase }),
          },
        }),
  };
}

interface Case {
  readonly what: string;
  readonly object: object;
  readonly argo: string;
  readonly kstatus: string;
}

const READY: Said = ['Ready', 'True'];
const NOT_READY: Said = ['Ready', 'False'];
const RECONCILING: Said = ['Reconciling', 'True'];
const STALLED: Said = ['Stalled', 'True'];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  TicketBottlePlatform: [
    {
      what: 'nobody has looked yet',
      object: resource('TicketBottlePlatform', []),
      argo: 'Progressing',
      kstatus: 'Current',
    },
    {
      what: 'looked at for the first time',
      object: resource('TicketBottlePlatform', [['Ready', 'Unknown'], RECONCILING]),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
    {
      what: 'on its way',
      object: resource('TicketBottlePlatform', [NOT_READY, RECONCILING]),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
    {
      what: 'as specified',
      object: resource('TicketBottlePlatform', [READY, ['Paused', 'False']]),
      argo: 'Healthy',
      kstatus: 'Current',
    },
    {
      what: 'edited, and not looked at since',
      object: resource('TicketBottlePlatform', [READY], { seen: 2 }),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
    {
      what: 'stuck',
      object: resource('TicketBottlePlatform', [NOT_READY, STALLED]),
      argo: 'Degraded',
      kstatus: 'Failed',
    },
    {
      what: 'paused, an edit not looked at',
      object: resource('TicketBottlePlatform', [READY, ['Paused', 'True']], { seen: 2 }),
      argo: 'Suspended',
      kstatus: 'InProgress',
    },
    {
      what: 'held back by a sale',
      object: resource('TicketBottlePlatform', [NOT_READY]),
      argo: 'Suspended',
      kstatus: 'InProgress',
    },
    {
      what: 'being deleted',
      object: resource('TicketBottlePlatform', [NOT_READY, RECONCILING], { deleting: true }),
      argo: 'Progressing',
      kstatus: 'Terminating',
    },
    {
      what: 'deletion that is stuck',
      object: resource('TicketBottlePlatform', [NOT_READY, STALLED], { deleting: true }),
      argo: 'Degraded',
      kstatus: 'Terminating',
    },
  ],
  EventSale: [
    { what: 'nobody has looked yet', object: resource('EventSale', []), argo: 'Progressing', kstatus: 'Current' },
    {
      what: 'scheduled',
      object: resource('EventSale', [READY], { phase: 'Pending' }),
      argo: 'Healthy',
      kstatus: 'Current',
    },
    {
      what: 'waiting for approval',
      object: resource('EventSale', [READY], { phase: 'PendingApproval' }),
      argo: 'Suspended',
      kstatus: 'Current',
    },
    {
      what: 'prescaling',
      object: resource('EventSale', [NOT_READY, RECONCILING], { phase: 'Prescaling' }),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
    { what: 'open', object: resource('EventSale', [READY], { phase: 'Open' }), argo: 'Healthy', kstatus: 'Current' },
    {
      what: 'held',
      object: resource('EventSale', [NOT_READY, RECONCILING], { phase: 'Held' }),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
    {
      what: 'suspended',
      object: resource('EventSale', [READY], { phase: 'Suspended' }),
      argo: 'Suspended',
      kstatus: 'Current',
    },
    {
      what: 'missed',
      object: resource('EventSale', [NOT_READY, STALLED], { phase: 'Missed' }),
      argo: 'Degraded',
      kstatus: 'Failed',
    },
    {
      what: 'over',
      object: resource('EventSale', [READY], { phase: 'ScaledDown' }),
      argo: 'Healthy',
      kstatus: 'Current',
    },
    {
      what: 'edited, and not looked at since',
      object: resource('EventSale', [READY], { phase: 'Open', seen: 2 }),
      argo: 'Progressing',
      kstatus: 'InProgress',
    },
  ],
};

describe('health as GitOps tools see it', function () {
  this.timeout(60_000);
  for (const [kind, cases] of Object.entries(CASES))
    it(`of a ${kind} in each state: Argo CD by our Lua, Flux by kstatus`, async () => {
      const { argo, kstatus } = await judge(
        kind,
        cases.map(({ object }) => object),
      );
      const said = (verdicts: readonly { readonly status: string }[]) =>
        Object.fromEntries(cases.map(({ what }, index) => [what, verdicts[index]?.status]));
      assert.deepEqual(said(argo), Object.fromEntries(cases.map((one) => [one.what, one.argo])));
      assert.deepEqual(said(kstatus), Object.fromEntries(cases.map((one) => [one.what, one.kstatus])));
      for (const { message } of argo) assert.notEqual(message, '', 'a state without a word of why');
    });
});

/** What EKS leaves to pods on a node of the seed. */
const NODES = {
  't3.medium': { pods: 17, cpu: 1_930, memory: 3.2 * 2 ** 30 },
  't3.large': { pods: 35, cpu: 1_930, memory: 6.9 * 2 ** 30 },
} as const;
/** The rest is for what runs on every node, and for the operator. */
const OURS = 0.75;
/** Of a Deployment, while it rolls. */
const SURGE = 0.25;

describe('environments in Git', function () {
  this.timeout(60_000);
  type Platform = {
    kind: string;
    spec: {
      version: string;
      services: Record<string, { replicas: { min: number; max: number } }>;
      lambda: { functions: Record<string, { memoryMB: number }> };
    };
  };
  const platformOf = async (environment: string) =>
    objectsOf(await kustomize(`config/gitops/${environment}`)).find(
      ({ kind }) => kind === 'TicketBottlePlatform',
    ) as unknown as Platform;

  it('grow from dev over staging to prod, in replicas and in memory of functions', async () => {
    const [dev, staging, prod] = await Promise.all(['dev', 'staging', 'prod'].map(platformOf));
    assert.ok(dev && staging && prod);
    for (const service of Object.keys(prod.spec.services)) {
      const least: number[] = [dev, staging, prod].map(({ spec }) => spec.services[service]?.replicas.min ?? 0);
      assert.deepEqual(least, least.toSorted(), service);
      assert.ok((least[2] ?? 0) >= 3, `${service} spreads over three zones in prod`);
    }
    const memory = (platform: Platform) => platform.spec.lambda.functions['payment-webhook-handler']?.memoryMB;
    assert.deepEqual([dev, staging, prod].map(memory), [256, 256, 512]);
  });

  for (const [environment, count, size] of [
    ['dev', 2, 't3.medium'],
    ['staging', 3, 't3.medium'],
    ['prod', 3, 't3.large'],
  ] as const)
    it(`has room in ${environment} on ${count} x ${size} for the least replicas, also while all services roll`, async () => {
      const comment = readFileSync(join(ROOT, `config/gitops/${environment}/kustomization.yaml`), 'utf8');
      assert.ok(comment.includes(`${count} x ${size}`), comment);
      const rendered = await platformOf(environment);
      const platform = {
        ...rendered,
        spec: withDefaults(PLATFORM_SPEC, rendered.spec),
      } as never as TicketBottlePlatform;
      const asked = { pods: 0, cpu: 0, memory: 0 };
      for (const service of SERVICES) {
        const inputs = { env: [], config: 'x', secretsHash: 'x', caBundle: false };
        const { replicas } = platform.spec.services[service];
        const pods = replicas.min + Math.ceil(replicas.min * SURGE);
        asked.pods += pods;
        for (const { resources } of deployment(platform, service, inputs).spec.template.spec.containers) {
          const { cpu, memory } = resources.requests as { cpu: string; memory: string };
          asked.cpu += pods * milli(cpu);
          asked.memory += pods * bytes(memory);
        }
      }
      const node = NODES[size];
      for (const what of ['pods', 'cpu', 'memory'] as const)
        assert.ok(asked[what] <= count * node[what] * OURS, `${what}: ${asked[what]} of ${count} x ${node[what]}`);
    });

  it('share one spelling of everything but version, sizes and addresses', async () => {
    const names = await Promise.all(
      ['dev', 'staging', 'prod'].map(async (one) =>
        objectsOf(await kustomize(`config/gitops/${one}`)).map(
          ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
        ),
      ),
    );
    assert.deepEqual(names[0], names[2]);
    assert.deepEqual(names[1], names[2]);
  });
});

/** Examples lead to images that `npm run images -- --registry registry.example.com/ticketbottle` makes, and to folders that exist. */
describe('examples for GitOps tools', function () {
  this.timeout(60_000);
  const IMAGE = 'registry.example.com/ticketbottle/operator:1.0.0';
  const examples = (path: string) => objectsOf(readFileSync(join(ROOT, 'config', path), 'utf8')) as unknown as Synced[];
  interface Synced {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly path?: string;
      readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
      readonly source?: { readonly path: string; readonly kustomize?: { readonly images: readonly string[] } };
    };
  }

  it('put the image of your registry over the one that the manifests name', async () => {
    const [named] = (await kustomize('config/default')).match(/(?<=image: )ticketbottle\/operator/) ?? [];
    const argo = examples('argocd/application.yaml').find(({ metadata }) => metadata.name === 'ticketbottle-operator');
    assert.deepEqual(argo?.spec.source?.kustomize?.images, [`${named}=${IMAGE}`]);
    const flux = examples('flux/operator.yaml').find(({ kind }) => kind === 'Kustomization');
    const [newName, newTag] = IMAGE.split(':');
    assert.deepEqual(flux?.spec.images, [{ name: named, newName, newTag }]);
  });

  /** What stays when it is gone from Git: with a definition or a namespace everything in it would go. */
  const keptBy = ({ metadata }: KubeObject) => ({
    flux: metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'],
    argo: metadata.annotations?.['argocd.argoproj.io/sync-options'],
  });

  it('take no definition away, by kustomize and by Helm', async () => {
    const chart = await helm('template', 'x', CHART, '-n', 'x');
    for (const manifests of [chart, await kustomize('config/default'), await kustomize('config/namespaced')]) {
      const definitions = objectsOf(manifests).filter(({ kind }) => kind === 'CustomResourceDefinition');
      assert.equal(definitions.length, 2);
      for (const one of definitions)
        assert.deepEqual(keptBy(one), { flux: 'disabled', argo: 'Prune=false,Delete=false' }, one.metadata.name);
    }
  });

  it('take no platform, and no namespace with one, away without somebody who agrees', async () => {
    for (const environment of ['dev', 'staging', 'prod']) {
      const objects = objectsOf(await kustomize(`config/gitops/${environment}`));
      assert.deepEqual(objects.map(({ kind }) => kind).toSorted(), ['Namespace', 'TicketBottlePlatform']);
      for (const one of objects)
        assert.deepEqual(keptBy(one), { flux: 'disabled', argo: 'Prune=confirm,Delete=confirm' }, one.metadata.name);
    }
  });

  it('name folders that can be rendered', async () => {
    const all = ['argocd/application.yaml', 'flux/operator.yaml', 'flux/platform.yaml'].flatMap(examples);
    const paths = all.flatMap(({ spec }) => spec.source?.path ?? spec.path ?? []);
    assert.equal(paths.length, 4);
    for (const path of paths) assert.ok(objectsOf(await kustomize(path)).length > 0, path);
  });
});
