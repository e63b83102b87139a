import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { shortHash } from '../../external/canonical-json.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { childMeta, serviceObject } from '../names.ts';
import { type DeploymentObject, hasFailed } from './rollout.ts';

/** On a Deployment: which template it has. */
export const TEMPLATE_HASH = 'ticketbottle.io/template-hash';
/** On a Deployment: the template that did not become ready, `<image> <template> <config>`. Removing it means: try again. */
export const ROLLED_BACK_FROM = 'ticketbottle.io/rolled-back-from';
/** On a Deployment beside it: what kept those pods from serving, as far as could be seen. */
export const ROLLED_BACK_BECAUSE = 'ticketbottle.io/rolled-back-because';
/** On a ControllerRevision: whose last good template it holds. */
export const GOOD_FOR_LABEL = 'ticketbottle.io/good-for';
export const CONFIG_HASH = 'ticketbottle.io/config-hash';

/** A pod template as the builder makes it. */
export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly image: string;
      readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
    }[];
  };
}

/** The last template of a service that was completely ready. Data of a ControllerRevision never changes. */
export interface GoodRevision extends KubeObject {
  readonly data: PodTemplate;
  readonly revision: number;
}

export interface Choice {
  /** `forward`: what the spec asks for. `back`: it has just failed. `stay-back`: it failed before, and nothing changed since. */
  readonly kind: 'forward' | 'back' | 'stay-back';
  readonly template: PodTemplate;
  /** The annotations of the Deployment that go with it. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Which template a Deployment gets. Pure. A template that missed its deadline is not tried again until it changes; when only
 * the values behind its references changed since, the image that failed stays away and the good one gets the new values.
 */
export function chooseTemplate(
  wanted: PodTemplate,
  observed: DeploymentObject | undefined,
  good: PodTemplate | undefined,
  onFailure: 'RollBack' | 'Stop',
): Choice {
  const forward: Choice = { kind: 'forward', template: wanted, annotations: { [TEMPLATE_HASH]: shortHash(wanted) } };
  if (observed === undefined || good === undefined || onFailure === 'Stop') return forward;
  const annotations = observed.metadata.annotations ?? {};
  const back = (kind: 'back' | 'stay-back', template: PodTemplate, from: string): Choice => ({
    kind,
    template,
    annotations: { [TEMPLATE_HASH]: shortHash(template), [ROLLED_BACK_FROM]: from },
  });

  const mark = annotations[ROLLED_BACK_FROM];
  const [, failedCore, failedConfig] = mark?.split(' ') ?? [];
  if (mark !== undefined && failedCore === coreOf(wanted)) {
    if (failedConfig === configOf(wanted)) return back('stay-back', good, mark);
    // Had the image been the same, the values would have been what failed, and new ones deserve a try.
    if (coreOf(good) !== failedCore) return back('stay-back', withConfig(good, configOf(wanted)), mark);
    return forward;
  }
  const failed = annotations[TEMPLATE_HASH] === shortHash(wanted) && hasFailed(observed);
  if (!failed || shortHash(good) === shortHash(wanted)) return forward;
  return back('back', good, `${imageIn(wanted)} ${coreOf(wanted)} ${configOf(wanted)}`);
}

export function goodRevision(
  platform: TicketBottlePlatform,
  service: ServiceName,
  template: PodTemplate,
  revision: number,
) {
  const meta = childMeta(platform, `${serviceObject(platform, service)}-${shortHash(template, 10)}`, service);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...meta, labels: { ...meta.labels, [GOOD_FOR_LABEL]: service } },
    data: template,
    revision,
  };
}

/** Image reference of the template's only container. */
export const imageIn = (template: PodTemplate): string => template.spec.containers[0]?.image ?? '';

const configOf = ({ metadata }: PodTemplate): string => metadata.annotations[CONFIG_HASH] ?? '';

/** Everything but the values of Secrets. */
const coreOf = (template: PodTemplate): string => shortHash(withConfig(template, ''));

function withConfig(template: PodTemplate, config: string): PodTemplate {
  const { metadata } = template;
  const annotations = { ...metadata.annotations, [CONFIG_HASH]: config };
  return { ...template, metadata: { ...metadata, annotations } };
}
