import assert from 'node:assert/strict';
import {
  apply,
  collection,
  documents,
  type Guarded,
  guardedApiServer,
  type Manifest,
  NAMESPACE,
  sampleSale,
} from './api-fixture.ts';

const ORGANISER = 'system:serviceaccount:ticketbottle:ticketbottle-event';
const OPS = 'ana';
const LABEL = 'ticketbottle.io/organiser';
const APPROVED = 'ticketbottle.io/approved-by';
const MERGE = 'application/merge-patch+json';
const at = '2027-01-10T03:00:00Z';

function organisersSale(name: string, change: (sale: Manifest) => void = () => {}): Manifest {
  const sale = sampleSale();
  sale.metadata.name = name;
  sale.metadata.labels = { [LABEL]: 'organiser-1' };
  change(sale);
  return sale;
}

describe('the account that schedules sales for organisers', () => {
  let api: Guarded;
  const sales = collection(sampleSale());
  const make = (sale: Manifest, as?: string) => api.ask('POST', sales, sale, as);
  const edit = (name: string, patch: object, as?: string) => api.ask('PATCH', `${sales}/${name}`, patch, as, MERGE);

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
    for (const file of [
      'config/rbac/organiser-role.yaml',
      'config/rbac/user-roles.yaml',
      'config/organisers/role-binding.yaml',
    ])
      for (const object of documents(file)) await apply(api.ask, object);
    await apply(api.ask, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'ops', namespace: NAMESPACE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ticketbottle-edit' },
      subjects: [{ kind: 'User', name: OPS }],
    } as unknown as Manifest);
    // Rights reach the authorizer in the background.
    for (let tries = 0; tries < 200 && (await api.ask('GET', sales, undefined, OPS)).status !== 200; tries++)
      await new Promise((done) => setTimeout(done, 25));
    // Each policy comes into force by itself.
    const unlabelled = organisersSale('unlabelled', (sale) => delete sale.metadata.labels);
    const refused = async () => (await api.ask('POST', `${sales}?dryRun=All`, unlabelled, ORGANISER)).status === 403;
    for (let tries = 0; tries < 400 && !(await refused()); tries++) await new Promise((done) => setTimeout(done, 50));
  });
  afterEach(() => api.ask('DELETE', sales));

  it('may read, create and patch EventSales of its namespace and do nothing else', async () => {
    const rules = (await api.ask(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: NAMESPACE } },
      ORGANISER,
    )) as unknown as {
      body: { status: { resourceRules: { verbs: string[]; apiGroups: string[]; resources: string[] }[] } };
    };
    // Everybody may ask about their own rights.
    const own = rules.body.status.resourceRules.filter(
      ({ apiGroups }) => !apiGroups.some((group) => /authorization|authentication/.test(group)),
    );
    assert.deepEqual(own, [
      { verbs: ['get', 'list', 'watch', 'create', 'patch'], apiGroups: ['ticketbottle.io'], resources: ['eventsales'] },
    ]);
    const sale = organisersSale('mine');
    assert.equal((await make(sale, ORGANISER)).status, 201);
    const group = '/apis/ticketbottle.io/v1alpha1';
    const core = '/api/v1/namespaces/ticketbottle';
    for (const [method, path, body] of [
      ['DELETE', `${sales}/mine`],
      ['PUT', `${sales}/mine`, sale],
      ['PATCH', `${sales}/mine/status`, { status: { phase: 'Open' } }],
      ['DELETE', sales],
      ['GET', `${group}/eventsales`],
      ['POST', `${group}/namespaces/default/eventsales`, sale],
      ['GET', `${group}/namespaces/ticketbottle/ticketbottleplatforms`],
      ['PATCH', `${group}/namespaces/ticketbottle/ticketbottleplatforms/ticketbottle`, { spec: { version: '2' } }],
      ['GET', `${core}/secrets`],
      ['GET', `${core}/pods`],
      ['GET', `${core}/configmaps`],
      ['POST', `${core}/serviceaccounts/ticketbottle-event/token`, { spec: {} }],
      ['GET', '/apis/apps/v1/namespaces/ticketbottle/deployments'],
      ['GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/ticketbottle/rolebindings'],
      ['POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/ticketbottle/rolebindings', {}],
      ['GET', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'],
    ] as const) {
      const { status, message } = await api.ask(method, path, body, ORGANISER, method === 'PATCH' ? MERGE : undefined);
      assert.equal(status, 403, `${method} ${path}: ${message}`);
    }
  });

  it('cannot make a sale without its label, with an approval, or with what only ops decide', async () => {
    const refused = async (change: (sale: Manifest) => void, says: RegExp) => {
      const sale = organisersSale('refused', change);
      const answer = await make(sale, ORGANISER);
      assert.equal(answer.status, 403, answer.message);
      assert.match(answer.message, says);
      assert.match(answer.message, /; (set|remove)/);
      assert.equal((await api.ask('GET', `${sales}/refused`)).status, 404);
    };
    await refused((sale) => delete sale.metadata.labels, /carries the label ticketbottle.io\/organiser; set it/);
    await refused(
      (sale) => (sale.metadata.annotations = { [APPROVED]: ORGANISER }),
      /approved-by is set by ops only; remove it/,
    );
    await refused(
      (sale) => (sale.metadata.annotations = { 'ticketbottle.io/reschedule': at }),
      /reschedule moves an armed sale/,
    );
    await refused(
      (sale) => (sale.spec.capacity = { gateway: { minReplicas: 2 } }),
      /spec.capacity: floors are set by ops; remove it/,
    );
    await refused((sale) => (sale.spec.rehearsal = { enabled: false }), /spec.rehearsal.enabled: .*set it to true/);
    await refused(
      (sale) => (sale.spec.onNotReady = { policy: 'OpenAnyway' }),
      /spec.onNotReady.policy: .*set it to Hold or Abort/,
    );
  });

  it('cannot approve itself; who may approve can, under their own name only', async () => {
    assert.equal((await make(organisersSale('mine'), ORGANISER)).status, 201);
    const approve = (who: string, as: string) => edit('mine', { metadata: { annotations: { [APPROVED]: who } } }, as);
    for (const who of [ORGANISER, OPS])
      assert.match((await approve(who, ORGANISER)).message, /approved-by is set by ops only/);
    assert.match((await approve('boss', OPS)).message, /names somebody else; set it to your own name, ana/);
    assert.equal((await approve(OPS, OPS)).status, 200);
  });

  it('cannot change what was approved, but may give the approval back together with the change', async () => {
    await make(organisersSale('mine'), ORGANISER);
    await edit('mine', { metadata: { annotations: { [APPROVED]: OPS } } }, OPS);
    const dearer = [{ name: 'GA', quantity: 700, price: { amountMinor: 9_000_000, currency: 'VND' } }];
    const sneaky = await edit('mine', { spec: { ticketClasses: dearer } }, ORGANISER);
    assert.equal(sneaky.status, 403);
    assert.match(sneaky.message, /this is not what was approved; remove the annotation/);
    assert.equal((await edit('mine', { spec: { waitroom: { paused: true } } }, ORGANISER)).status, 200);
    const open = await edit(
      'mine',
      { metadata: { annotations: { [APPROVED]: null } }, spec: { ticketClasses: dearer } },
      ORGANISER,
    );
    assert.equal(open.status, 200, open.message);
  });

  it('only pauses, resumes, speaks and moves the end once the sale is being prepared', async () => {
    await make(organisersSale('mine'), ORGANISER);
    await edit('mine', { metadata: { annotations: { [APPROVED]: OPS } } }, OPS);
    const status = { phase: 'Prescaling', phases: [{ phase: 'Prescaling', at }] };
    await api.ask('PATCH', `${sales}/mine/status`, { status }, undefined, MERGE);
    for (const spec of [
      { waitroom: { paused: true, message: 'back at ten' } },
      { waitroom: { paused: false, message: null } },
      { schedule: { closesAt: '2027-01-10T13:00:00+07:00' } },
    ])
      assert.equal((await edit('mine', { spec }, ORGANISER)).status, 200, JSON.stringify(spec));
    for (const spec of [
      { waitroom: { admissionsPerMinute: 1 } },
      { waitroom: { maxConcurrentCheckouts: 1 } },
      { demand: { expectedBuyers: 5, peakJoinsPerSecond: 1 } },
      { schedule: { opensAt: '2027-01-10T11:00:00+07:00' } },
      { suspend: true },
    ]) {
      const answer = await edit('mine', { metadata: { annotations: { [APPROVED]: null } }, spec }, ORGANISER);
      assert.equal(answer.status, 403, JSON.stringify(spec));
      assert.match(answer.message, /being prepared or running; set .* back/);
    }
    assert.equal((await edit('mine', { spec: { waitroom: { admissionsPerMinute: 3000 } } }, OPS)).status, 200);
  });

  it('reads sales of ops and those kept in Git, and changes none of them', async () => {
    const ofOps = sampleSale();
    ofOps.metadata.name = 'ops';
    assert.equal((await make(ofOps)).status, 201);
    const kept: [string, (sale: Manifest) => void][] = [
      ['argo-label', (sale) => Object.assign(sale.metadata.labels ?? {}, { 'argocd.argoproj.io/instance': 'shop' })],
      ['argo-annotation', (sale) => (sale.metadata.annotations = { 'argocd.argoproj.io/tracking-id': 'shop:x' })],
      ['flux', (sale) => Object.assign(sale.metadata.labels ?? {}, { 'kustomize.toolkit.fluxcd.io/name': 'shop' })],
      ['helm', (sale) => Object.assign(sale.metadata.labels ?? {}, { 'app.kubernetes.io/managed-by': 'Helm' })],
    ];
    for (const [name, change] of kept) assert.equal((await make(organisersSale(name, change))).status, 201);
    const list = (await api.ask('GET', sales, undefined, ORGANISER)).body as unknown as { items: unknown[] };
    assert.equal(list.items.length, 5);
    const pause = { spec: { waitroom: { paused: true } } };
    assert.match((await edit('ops', pause, ORGANISER)).message, /sales of ops without it are read-only to organisers/);
    const steal = { metadata: { labels: { [LABEL]: 'organiser-1' } }, ...pause };
    assert.match((await edit('ops', steal, ORGANISER)).message, /cannot change hands; set it back/);
    for (const [name] of kept) {
      assert.match(
        (await edit(name, pause, ORGANISER)).message,
        /kept in Git and read-only here; change it where it is kept/,
      );
      const freed = {
        metadata: {
          labels: { 'argocd.argoproj.io/instance': null },
          annotations: { 'argocd.argoproj.io/tracking-id': null },
        },
      };
      if (name.startsWith('argo'))
        assert.equal((await edit(name, freed, ORGANISER)).status, 403, 'cannot be freed either');
      assert.equal((await edit(name, pause, OPS)).status, 200);
    }
  });
});
