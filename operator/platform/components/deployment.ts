import { OPS_PORT, SERVICE_PORT, type ServiceName } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { callsKubernetes } from '../call-graph.ts';
import { type EnvVar, TLS_DIRECTORY } from '../environment.ts';
import { imageOf } from '../images.ts';
import { caBundleName, childMeta, labelsOf, selectorOf, serviceObject } from '../names.ts';
import { tlsSecretName } from '../service-tls.ts';
import { containerSecurity, podSecurity } from './pod-security.ts';
import { CONFIG_HASH } from './rollback.ts';

export interface DeploymentInputs {
  readonly env: readonly EnvVar[];
  /** Name of the ConfigMap with the rest of the environment. */
  readonly config: string;
  /** Changes when the value of a Secret does, and rolls the pods. */
  readonly secretsHash: string;
  /** True when ConfigMap `P-ca` holds certificates that the pods must trust. */
  readonly caBundle: boolean;
}

/**
 * The Deployment of a service. `replicas` is the autoscaler's, so it is never set, except to 0 in a standby region, where
 * there is no autoscaler. Nothing in the pod template depends on the operator's own version.
 */
export function deployment(platform: TicketBottlePlatform, service: ServiceName, inputs: DeploymentInputs) {
  const name = serviceObject(platform, service);
  const standby = platform.spec.region.role === 'Standby';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMeta(platform, name, service),
    spec: {
      ...(standby ? { replicas: 0 } : {}),
      // One that somebody pauses by hand would neither go on nor miss its deadline.
      paused: false,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: Math.max(1, Math.round(durationMs(platform.spec.rollout.progressDeadline) / 1000)),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      selector: { matchLabels: selectorOf(platform, service) },
      template: {
        metadata: {
          labels: labelsOf(platform, service),
          annotations: { [CONFIG_HASH]: inputs.secretsHash },
        },
        spec: podSpec(platform, service, inputs),
      },
    },
  };
}

function podSpec(platform: TicketBottlePlatform, service: ServiceName, inputs: DeploymentInputs) {
  const { imagePullPolicy, imagePullSecrets, scheduling, services, serviceTls } = platform.spec;
  const portName = service === 'gateway' ? 'http' : 'grpc';
  return {
    serviceAccountName: serviceObject(platform, service),
    automountServiceAccountToken: callsKubernetes(platform, service),
    enableServiceLinks: false,
    terminationGracePeriodSeconds: service === 'gateway' ? 60 : 45,
    securityContext: podSecurity,
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...scheduling,
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      // A sale must not wait for a zone that has no room.
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selectorOf(platform, service) },
      matchLabelKeys: ['pod-template-hash'],
    })),
    containers: [
      {
        name: service,
        image: imageOf(platform, service).image,
        imagePullPolicy,
        command: programOf(service),
        envFrom: [{ configMapRef: { name: inputs.config } }],
        env: [...inputs.env, ...(inputs.caBundle ? [CA_VARIABLE] : [])],
        ports: [
          { name: portName, containerPort: SERVICE_PORT[service], protocol: 'TCP' },
          { name: 'ops', containerPort: OPS_PORT, protocol: 'TCP' },
        ],
        resources: services[service].resources ?? defaultResources(service),
        startupProbe: probe('/livez', { periodSeconds: 1, failureThreshold: 90, timeoutSeconds: 5 }),
        readinessProbe: probe('/readyz', { periodSeconds: 3, failureThreshold: 2, timeoutSeconds: 3 }),
        // Slow is not dead: a crowd must not make the kubelet kill what serves it.
        livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 10 }),
        // Endpoints and clients learn of a leaving pod a moment after it was told to stop.
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        securityContext: containerSecurity,
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          ...(inputs.caBundle ? [{ name: 'ca', mountPath: CA_DIRECTORY, readOnly: true }] : []),
          ...(serviceTls.enabled ? [{ name: 'service-tls', mountPath: TLS_DIRECTORY, readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      ...(inputs.caBundle ? [{ name: 'ca', configMap: { name: caBundleName(platform) } }] : []),
      ...(serviceTls.enabled
        ? [{ name: 'service-tls', secret: { secretName: tlsSecretName(platform, service) } }]
        : []),
    ],
  };
}

/** Serves without arguments; `migrate` as argument applies migrations and exits. */
export const programOf = (service: ServiceName): string[] => [
  'node',
  '--enable-source-maps',
  `/app/services/${service}/main.js`,
];

function probe(path: string, times: { periodSeconds: number; failureThreshold: number; timeoutSeconds: number }) {
  return { httpGet: { path, port: 'ops' }, ...times };
}

export const CA_DIRECTORY = '/etc/ticketbottle/ca';
export const CA_VARIABLE: EnvVar = { name: 'NODE_EXTRA_CA_CERTS', value: `${CA_DIRECTORY}/ca.crt` };

/** No CPU limit: throttling at the opening costs more than it saves. */
function defaultResources(service: ServiceName) {
  const memory = service === 'order' ? { request: '256Mi', limit: '768Mi' } : { request: '128Mi', limit: '512Mi' };
  return { requests: { cpu: '100m', memory: memory.request }, limits: { memory: memory.limit } };
}
