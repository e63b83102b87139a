import { renameSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '#runtime/log.ts';
import type { KubeObject } from './kube-api.ts';
import type { Pod } from './pod.ts';
import type { ProxySettings } from './settings.ts';

export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly {
      readonly name?: string;
      readonly protocol?: string;
      readonly port: number;
      readonly targetPort?: number | string;
      readonly nodePort?: number;
    }[];
  };
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** An address that is served, and where to: the list is exchanged while connections come. */
interface Frontend {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  targets: readonly Target[];
  next: number;
}

/**
 * The way from Services to pods on a node without iptables: listens at each ClusterIP and NodePort and passes connections on
 * to the ready pods that the Service selects, one after another. Writes the addresses of headless names for the DNS.
 */
export class ServiceProxy {
  readonly #deps: { readonly log: Logger; readonly settings: ProxySettings; readonly lowPortShift: number };
  readonly #services = new Map<string, Service>();
  readonly #pods = new Map<string, Pod>();
  readonly #frontends = new Map<string, Frontend>();
  #scheduled = false;
  #hosts = '';

  constructor(deps: { readonly log: Logger; readonly settings: ProxySettings; readonly lowPortShift: number }) {
    this.#deps = deps;
  }

  readonly services = this.#sink(this.#services);
  readonly pods = this.#sink(this.#pods);

  close(): void {
    for (const key of this.#frontends.keys()) this.#shut(key);
  }

  #sink<T extends KubeObject>(map: Map<string, T>) {
    return {
      replace: (items: readonly T[]) => {
        map.clear();
        for (const item of items) map.set(item.metadata.uid, item);
        this.#soon();
      },
      set: (item: T) => {
        map.set(item.metadata.uid, item);
        this.#soon();
      },
      remove: (item: T) => {
        map.delete(item.metadata.uid);
        this.#soon();
      },
    };
  }

  /** Several changes at once are one pass. */
  #soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#apply();
    }, 20);
  }

  #apply(): void {
    const wanted = new Map<string, readonly Target[]>();
    for (const service of this.#services.values()) {
      const { clusterIP, ports = [], type } = service.spec;
      if (type === 'ExternalName' || clusterIP === undefined || clusterIP === 'None' || clusterIP === '') continue;
      for (const port of ports) {
        if ((port.protocol ?? 'TCP') !== 'TCP') continue;
        const targets = this.#targetsOf(service, port.targetPort ?? port.port);
        wanted.set(`${clusterIP}:${this.#real(port.port)}`, targets);
        for (const host of port.nodePort === undefined ? [] : ['127.0.0.1', this.#deps.settings.address]) {
          wanted.set(`${host}:${port.nodePort}`, targets);
        }
      }
    }
    for (const key of this.#frontends.keys()) if (!wanted.has(key)) this.#shut(key);
    for (const [key, targets] of wanted) {
      const frontend = this.#frontends.get(key);
      if (frontend === undefined) this.#open(key, targets);
      else frontend.targets = targets;
    }
    this.#writeHosts();
  }

  #targetsOf(service: Service, port: number | string): Target[] {
    const { namespace = '', name } = service.metadata;
    const fixed = this.#deps.settings.fixed[`${namespace}/${name}`];
    if (fixed !== undefined) return [fixed];
    return this.#selected(service).flatMap((pod) => {
      const host = pod.status?.podIP;
      const number =
        typeof port === 'number'
          ? port
          : pod.spec.containers.flatMap(({ ports = [] }) => ports).find((one) => one.name === port)?.containerPort;
      return host === undefined || number === undefined ? [] : [{ host, port: this.#real(number) }];
    });
  }

  /** Pods that may get connections: ready, not leaving, and selected. */
  #selected(service: Service): Pod[] {
    const { selector, publishNotReadyAddresses } = service.spec;
    if (selector === undefined || Object.keys(selector).length === 0) return [];
    return [...this.#pods.values()].filter(({ metadata, status }) => {
      if (metadata.namespace !== service.metadata.namespace || metadata.deletionTimestamp !== undefined) return false;
      if (status?.podIP === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return false;
      const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
      if (!ready && publishNotReadyAddresses !== true) return false;
      return Object.entries(selector).every(([label, value]) => metadata.labels?.[label] === value);
    });
  }

  #open(key: string, targets: readonly Target[]): void {
    const [host = '', port] = key.split(':');
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const frontend: Frontend = { server, sockets: new Set(), targets, next: 0 };
    this.#frontends.set(key, frontend);
    server.on('connection', (client) => this.#pass(frontend, client));
    server.on('error', (error) =>
      this.#deps.log.warn({ err: error, address: key }, 'a Service address cannot be served'),
    );
    server.listen({ host, port: Number(port), backlog: 4096 });
  }

  #shut(key: string): void {
    const frontend = this.#frontends.get(key);
    this.#frontends.delete(key);
    frontend?.server.close();
    for (const socket of frontend?.sockets ?? []) socket.destroy();
  }

  /** Tries each target once, because a pod may have gone a moment ago; without any, the connection is refused. */
  #pass(frontend: Frontend, client: Socket): void {
    frontend.sockets.add(client);
    client.once('close', () => frontend.sockets.delete(client));
    client.on('error', () => client.destroy());
    const attempt = (left: number) => {
      const target = frontend.targets[frontend.next++ % Math.max(1, frontend.targets.length)];
      if (target === undefined || left === 0) {
        client.resetAndDestroy();
        return;
      }
      const pod = connect({ ...target, allowHalfOpen: true, noDelay: true });
      const failed = () => attempt(left - 1);
      pod.once('error', failed);
      pod.once('connect', () => {
        pod.off('error', failed);
        pod.on('error', () => client.destroy());
        pod.once('close', () => client.destroy());
        client.once('close', () => pod.destroy());
        client.pipe(pod);
        pod.pipe(client);
      });
    };
    attempt(frontend.targets.length);
  }

  /** For headless Services, which the DNS would otherwise know from EndpointSlices. */
  #writeHosts(): void {
    const { hostsFile, domain } = this.#deps.settings;
    const lines: string[] = [];
    for (const service of this.#services.values()) {
      if (service.spec.clusterIP !== 'None') continue;
      const name = `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`;
      for (const pod of this.#selected(service)) {
        const own =
          pod.spec.subdomain === service.metadata.name ? ` ${pod.spec.hostname ?? pod.metadata.name}.${name}` : '';
        lines.push(`${pod.status?.podIP} ${name}${own}`);
      }
    }
    const text = `${lines.toSorted().join('\n')}\n`;
    if (text === this.#hosts) return;
    this.#hosts = text;
    writeFileSync(`${hostsFile}.new`, text);
    renameSync(`${hostsFile}.new`, hostsFile);
  }

  #real(port: number): number {
    return port < 1024 ? port + this.#deps.lowPortShift : port;
  }
}
