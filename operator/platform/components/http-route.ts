import { SERVICE_PORT } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { childMeta, serviceObject } from '../names.ts';

/** The gateway behind a Gateway API Gateway; undefined when the spec names none. */
export function httpRoute(platform: TicketBottlePlatform) {
  const { annotations, gatewayRef, host } = platform.spec.ingress;
  if (gatewayRef === undefined) return undefined;
  const name = serviceObject(platform, 'gateway');
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { ...childMeta(platform, name, 'gateway'), ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      parentRefs: [gatewayRef],
      ...(host === undefined ? {} : { hostnames: [host] }),
      rules: [{ backendRefs: [{ name, port: SERVICE_PORT.gateway }] }],
    },
  };
}

export interface RouteObject extends KubeObject {
  readonly status?: {
    readonly parents?: readonly {
      readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    }[];
  };
}

/** What the Gateways say: refused with their words, accepted, or nothing yet. */
export function acceptanceOf({ status }: RouteObject): {
  readonly verdict: 'accepted' | 'refused' | 'silent';
  readonly why: string;
} {
  const all = (status?.parents ?? []).flatMap(({ conditions = [] }) => conditions);
  const no = all.find(({ type, status: value }) => ['Accepted', 'ResolvedRefs'].includes(type) && value === 'False');
  if (no !== undefined) return { verdict: 'refused', why: no.message ?? no.reason ?? 'no reason given' };
  const yes = all.some(({ type, status: value }) => type === 'Accepted' && value === 'True');
  return { verdict: yes ? 'accepted' : 'silent', why: '' };
}
