import type { LocalLayout } from '#runtime/local/layout.ts';
import type { Daemons } from '#runtime/local/process.ts';
import { type ClusterNode, containerNode } from './node.ts';
import { processNode } from './process-node.ts';

/** The node of this cluster, of the kind that its layout names. */
export function nodeOf(layout: LocalLayout, daemons: Daemons): ClusterNode {
  return layout.node === 'containerd' ? containerNode(layout, daemons) : processNode(layout, daemons);
}
