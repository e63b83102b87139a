import { createHash } from 'node:crypto';
import type { FunctionName, ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { isMarked, PAUSED } from '../api/platform-marks.ts';
import type { KubeMeta } from '../kube/resource.ts';

/** Names and labels of everything that belongs to a platform, as docs/contracts.md has them. */

export const MANAGED_BY = 'ticketbottle-operator';
/** Selects every object that the operator made. */
export const MANAGED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY}`;
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
export const FINALIZER = 'ticketbottle.io/platform';
/** On the platform, with value "true": forget about external systems that cannot be reached while deleting. */
export const FORCE_FINALIZE = 'ticketbottle.io/force-finalize';

export const isPaused = (platform: TicketBottlePlatform): boolean =>
  platform.spec.suspend || isMarked(platform, PAUSED);

type Named = Pick<TicketBottlePlatform, 'metadata'>;

export const serviceObject = (platform: Named, service: ServiceName): string => `${platform.metadata.name}-${service}`;
export const signingKeysName = (platform: Named): string => `${platform.metadata.name}-signing-keys`;
export const caBundleName = (platform: Named): string => `${platform.metadata.name}-ca`;
export const databaseSecretName = (platform: Named, service: ServiceName): string =>
  `${platform.metadata.name}-${service}-db`;

/** `P-S-migrate-H`, with P shortened where the 63 characters of a Job's pod label would not do. */
export function migrationJobName(platform: Named, service: ServiceName, image: string): string {
  const hash = createHash('sha256').update(image).digest('hex').slice(0, 8);
  return bounded(platform.metadata.name, `-${service}-migrate-${hash}`);
}

/** `namespace/name`: who owns a cloud object. */
export const ownerOf = (platform: Named): string => `${platform.metadata.namespace}/${platform.metadata.name}`;

export const functionObject = (platform: Named, name: FunctionName): string => `${platform.metadata.name}-${name}`;
export const cloudObject = (platform: Named, suffix: string): string => `${platform.metadata.name}-${suffix}`;
export const cloudSecret = (platform: Named, suffix: string): string => `${platform.metadata.name}/${suffix}`;

/** Pipe and Firehose stream that archive a topic; both have at most 64 characters. */
export const archiveObject = (platform: Named, topic: string): string =>
  bounded(`${platform.metadata.name}-archive-${topic}`, '', 64);

export function labelsOf(platform: Named, name: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    [INSTANCE_LABEL]: platform.metadata.name,
    'app.kubernetes.io/part-of': 'ticketbottle',
    'app.kubernetes.io/managed-by': MANAGED_BY,
  };
}

export function selectorOf(platform: Named, name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, [INSTANCE_LABEL]: platform.metadata.name };
}

/** Metadata of an object that goes when the platform goes. */
export function childMeta(platform: Named, name: string, labelName: string): KubeMeta {
  return { ...keptMeta(platform, name, labelName), ownerReferences: [ownerReference(platform)] };
}

/** Metadata of an object that outlives the platform: keys and passwords of data that may be kept. */
export function keptMeta(platform: Named, name: string, labelName: string): KubeMeta {
  return { name, namespace: platform.metadata.namespace, labels: labelsOf(platform, labelName) };
}

function ownerReference({ metadata }: Named) {
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function bounded(prefix: string, suffix: string, limit = 63): string {
  const room = limit - suffix.length;
  if (prefix.length <= room) return prefix + suffix;
  const hash = createHash('sha256').update(prefix).digest('hex').slice(0, 4);
  return `${prefix.slice(0, room - 5)}-${hash}${suffix}`;
}
