import { containersUsable } from './containers-usable.ts';
import { NODE_KINDS, type NodeKind, presentNodeKinds } from './layout.ts';
import { SetupError } from './setup-error.ts';

export interface NodeChoice {
  readonly kind: NodeKind;
  /** Half a sentence, after "because". */
  readonly why: string;
}

/**
 * Which kind of node runs the pods: the one that was asked for, or that of the cluster which is there, or containers where
 * they can run and processes elsewhere. Throws SetupError when the kind that was asked for cannot run.
 */
export async function chooseNode(
  env: Readonly<Record<string, string | undefined>>,
  asked: string | undefined,
  signal?: AbortSignal,
): Promise<NodeChoice> {
  const wanted = asked ?? env.TICKETBOTTLE_NODE;
  if (wanted !== undefined && wanted !== '') {
    const kind = NODE_KINDS.find((one) => one === wanted);
    if (kind === undefined) throw new SetupError(`There is no node "${wanted}"; choose ${NODE_KINDS.join(' or ')}`);
    if (kind === 'process') return { kind, why: 'it was asked for' };
    const containers = await containersUsable(signal);
    if (containers.usable) return { kind, why: 'it was asked for' };
    throw new SetupError(
      `Containers cannot run here: ${containers.why}; become root (sudo), leave --node away, or use your own cluster with --context NAME`,
    );
  }
  const present = presentNodeKinds(env);
  const containers = await containersUsable(signal);
  if (present.length === 1 && present[0] !== undefined && (present[0] === 'process' || containers.usable)) {
    return { kind: present[0], why: 'this cluster was made with it' };
  }
  return containers.usable
    ? { kind: 'containerd', why: 'containers can run here' }
    : { kind: 'process', why: containers.why };
}

/** The line that tells people what was chosen, what it lacks, and how to have the other. `command` is what they typed. */
export function nodeChoiceLine({ kind, why }: NodeChoice, command: string): string {
  return kind === 'containerd'
    ? `Node: containerd, because ${why}. For pods as plain processes, without root: ${command} --node process`
    : `Node: process, because ${why}. It runs pods as processes of yours: no images, security contexts, resource limits or network policies. For containers, as root: ${command} --node containerd`;
}
