import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { shortHash } from '../../external/canonical-json.ts';
import { CONFIG_MAP, type KubeObject } from '../../kube/resource.ts';
import { fieldDifferences } from '../field-differences.ts';
import { childMeta, serviceObject } from '../names.ts';
import { applyChild, type Pass, removeChild } from '../pass.ts';
import type { PodTemplate } from './rollback.ts';

export interface ServiceConfig extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

/**
 * ConfigMap `P-S-env-H`, named after what is in it and never changed: a template that is held back, or gone back to, keeps its
 * values with it, and a pod that starts meanwhile gets those and no others.
 */
export function serviceConfig(
  platform: TicketBottlePlatform,
  service: ServiceName,
  data: Readonly<Record<string, string>>,
): ServiceConfig & { readonly immutable: true } {
  const name = `${serviceObject(platform, service)}-env-${shortHash(data, 10)}`;
  const metadata = childMeta(platform, name, service);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data };
}

/** Makes it, or, when only looking, says how it differs from the one that pods use now. */
export async function applyServiceConfig(
  pass: Pass,
  wanted: ServiceConfig,
  running: PodTemplate | undefined,
): Promise<void> {
  if (pass.observeOnly) planServiceConfig(pass, wanted, running);
  else await applyChild(pass, CONFIG_MAP, wanted);
}

export function planServiceConfig(
  { children, platform, report }: Pass,
  wanted: ServiceConfig,
  running: PodTemplate | undefined,
  why?: string,
): void {
  const { namespace } = platform.metadata;
  if (children.get(CONFIG_MAP, namespace, wanted.metadata.name) !== undefined) return;
  const [now] = configsIn(running);
  const data = now === undefined ? undefined : children.get<ServiceConfig>(CONFIG_MAP, namespace, now)?.data;
  const reason = data === undefined ? 'does not exist' : fieldDifferences({ data }, { data: wanted.data });
  report.plan.push({
    target: `ConfigMap ${wanted.metadata.name}`,
    action: 'create',
    reason: why === undefined ? reason : `${reason} (held back: ${why})`,
  });
}

/** Removes those of earlier templates; `kept` are the templates that may still make pods. */
export async function removeOldConfigs(
  pass: Pass,
  service: ServiceName,
  kept: readonly (PodTemplate | undefined)[],
): Promise<void> {
  const { platform, children } = pass;
  const { namespace, name } = platform.metadata;
  const prefix = `${serviceObject(platform, service)}-env-`;
  const keep = new Set(kept.flatMap(configsIn));
  for (const { metadata } of children.list<KubeObject>(CONFIG_MAP, namespace, name))
    if (metadata.name.startsWith(prefix) && !keep.has(metadata.name))
      await removeChild(pass, CONFIG_MAP, metadata.name, 'belongs to an earlier template');
}

function configsIn(template: PodTemplate | undefined): string[] {
  const containers = template?.spec.containers ?? [];
  return containers.flatMap(({ envFrom = [] }) => envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []));
}
