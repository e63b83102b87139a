import { join } from 'node:path';
import { SERVICE_PORT, type ServiceName } from '#proto/names.ts';
import { type Cluster, ROOT } from './cluster.ts';
import { operatorManifest, platformManifest, type RegionPlan, SALE, secretsOf } from './manifests.ts';

/** What the drill reads of an EventSale. */
export interface EventSale {
  readonly status?: {
    readonly phase?: string;
    readonly gate?: { readonly term?: number };
    readonly prescale?: readonly object[];
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

/** A region that can be lost: its operator, its pods and its stores go at once and without a word. */
export class Region {
  readonly plan: RegionPlan;
  readonly #cluster: Cluster;
  #return: { readonly stores: Promise<unknown>; readonly begin: () => void } | undefined;

  constructor(cluster: Cluster, plan: RegionPlan) {
    this.#cluster = cluster;
    this.plan = plan;
  }

  get name(): RegionPlan['name'] {
    return this.plan.name;
  }

  async install(): Promise<void> {
    const { kubectl } = this.#cluster;
    await this.#apply(await operatorManifest(this.#cluster, join(ROOT, 'config/namespaced'), this.name));
    await kubectl([
      'wait',
      '--for=condition=Established',
      '--timeout=60s',
      'crd/ticketbottleplatforms.ticketbottle.io',
    ]);
    await this.apply(secretsOf(this.#cluster, this.plan));
  }

  async createPlatform(): Promise<void> {
    await this.apply([platformManifest(this.#cluster, this.plan)]);
  }

  async apply(items: readonly object[]): Promise<void> {
    await this.#apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  async #apply(text: string): Promise<void> {
    const args = ['apply', '--server-side', '--field-manager=faults', '--force-conflicts', '-f', '-'];
    await this.#cluster.kubectl(args, text);
  }

  /** All that a person does in a failover. */
  async setRole(role: 'Active' | 'Standby'): Promise<void> {
    const patch = JSON.stringify({ spec: { region: { role } } });
    await this.#cluster.kubectl(['patch', 'tbp', this.name, '-n', this.name, '--type=merge', '-p', patch]);
  }

  async sale(): Promise<EventSale> {
    return JSON.parse(
      await this.#cluster.kubectl(['get', 'eventsale', SALE, '-n', this.name, '-o', 'json']),
    ) as EventSale;
  }

  async secret(name: string): Promise<Record<string, string>> {
    const { kubectl } = this.#cluster;
    const text = await kubectl(['get', 'secret', name, '-n', this.name, '-o', 'json']);
    const { data } = JSON.parse(text) as { data: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }

  /** `host:port` of a pod of a service; from outside of the cluster names lead nowhere. */
  async addressOf(service: ServiceName): Promise<string> {
    const selector = `app.kubernetes.io/instance=${this.name},app.kubernetes.io/name=${service}`;
    const { kubectl } = this.#cluster;
    const ip = await kubectl([
      'get',
      'pods',
      '-n',
      this.name,
      '-l',
      selector,
      '-o',
      'jsonpath={.items[0].status.podIP}',
    ]);
    return `${ip}:${SERVICE_PORT[service]}`;
  }

  /** Replicas that the Deployments ask for, and pods that are there. */
  async scale(): Promise<{ readonly wanted: number; readonly pods: number }> {
    const { kubectl } = this.#cluster;
    const selector = ['-n', this.name, '-l', `app.kubernetes.io/instance=${this.name}`];
    const [wanted, pods] = await Promise.all([
      kubectl(['get', 'deployments', ...selector, '-o', 'jsonpath={.items[*].spec.replicas}']),
      kubectl(['get', 'pods', ...selector, '-o', 'jsonpath={.items[*].metadata.name}']),
    ]);
    const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
    return { wanted: words(wanted).reduce((sum, one) => sum + Number(one), 0), pods: words(pods).length };
  }

  /** Stores and pods are killed, the operator too; nothing starts again until `comeBack`. Unix ms of the first blow. */
  async cut(): Promise<number> {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { stores } = this.plan;
    const at = Date.now();
    this.#return = {
      begin,
      stores: Promise.all((['postgres', 'redis'] as const).map((name) => stores.restart(name, 'SIGKILL', () => begun))),
    };
    const { kubectl } = this.#cluster;
    await kubectl(['scale', 'deployment', '--all', '--replicas=0', '-n', this.name]);
    await kubectl(['delete', 'pod', '--all', '--force', '--grace-period=0', '--wait=false', '-n', this.name]);
    return at;
  }

  async comeBack(): Promise<void> {
    this.#return?.begin();
    await this.#return?.stores;
    await this.#cluster.kubectl(['scale', 'deployment/ticketbottle-operator', '--replicas=1', '-n', this.name]);
  }
}
