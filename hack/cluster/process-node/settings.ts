/** What the kubelet of the process node is told, as one JSON argument. Paths are absolute. */
export interface KubeletSettings {
  readonly kubeconfig: string;
  readonly node: { readonly name: string; readonly address: string; readonly labels: Readonly<Record<string, string>> };
  /** The endpoint that the API server calls, with the certificates that both sides show. */
  readonly server: { readonly port: number; readonly ca: string; readonly certificate: string; readonly key: string };
  readonly healthPort: number;
  /** Where pods get their addresses, such as 127.90.0.0/16. */
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dns: { readonly address: string; readonly port: number; readonly domain: string };
  /** One folder per pod, with its volumes. */
  readonly pods: string;
  readonly logs: string;
  readonly images: string;
}

/** What the service proxy is told, as one JSON argument. */
export interface ProxySettings {
  readonly kubeconfig: string;
  /** The node's address: node ports are served there and at 127.0.0.1. */
  readonly address: string;
  readonly healthPort: number;
  /** Written for the cluster's DNS: names of headless Services with the addresses of their ready pods. */
  readonly hostsFile: string;
  readonly domain: string;
  /** Services without pods, by `namespace/name`. */
  readonly fixed: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/**
 * An ordinary user may not listen below 1024. Pods and the proxy then use a port this much higher, and both ends know.
 */
export const LOW_PORT_SHIFT = 64_000;

/** What a pod's processes are told about their place, in the environment variable `POD_PLACE`. */
export interface PodPlace {
  readonly ip: string;
  readonly hostname: string;
  readonly dns: { readonly servers: readonly string[]; readonly search: readonly string[]; readonly ndots: number };
  /** Absolute paths of the container that lie elsewhere on this machine; the longest match counts. */
  readonly paths: readonly { readonly path: string; readonly at: string }[];
  /** Real folders below such a path that mean themselves, for a repository or a home below /tmp. */
  readonly real: readonly string[];
  /** Added to ports below 1024; 0 where they may be used. */
  readonly lowPortShift: number;
}

export const POD_PLACE = 'TICKETBOTTLE_POD_PLACE';
