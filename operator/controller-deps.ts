import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import type { OperatorConfig } from './config.ts';
import type { Applier } from './kube/apply.ts';
import type { KubeClient } from './kube/client.ts';
import type { Informers } from './kube/informer.ts';
import type { Leadership } from './kube/leader.ts';
import type { Recorder } from './kube/recorder.ts';

/** What main.ts hands to each controller. */
export interface ControllerDeps {
  readonly client: KubeClient;
  /** The applier of one field manager; the same one for the same name. */
  readonly applier: (fieldManager: string) => Applier;
  readonly informers: Informers;
  readonly recorder: Recorder;
  readonly leader: Leadership;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly config: OperatorConfig;
}
