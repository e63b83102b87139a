import type { ApiServer } from '#runtime/local/apiserver.ts';
import type { CuttableProxy } from '#runtime/local/cuttable-proxy.ts';
import { pick } from './draw.ts';

export const FAULTS = ['watches cut', 'API server killed', 'etcd paused', 'connections silenced'] as const;
export type Fault = (typeof FAULTS)[number];

/** Cuts are what happens most. */
const DRAWN: readonly Fault[] = [
  'watches cut',
  'watches cut',
  'watches cut',
  'API server killed',
  'API server killed',
  'etcd paused',
  'connections silenced',
];

export interface FaultDeps {
  readonly server: ApiServer;
  readonly proxy: CuttableProxy;
  readonly draw: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Does one fault and repairs it; returns which. */
export async function injectFault({ server, proxy, draw, sleep }: FaultDeps): Promise<Fault> {
  const fault = pick(draw, DRAWN);
  switch (fault) {
    case 'watches cut':
      proxy.cut();
      break;
    case 'API server killed':
      await server.kill();
      await sleep(200 + draw() * 1_500);
      await server.restart();
      break;
    case 'etcd paused':
      server.pauseStorage();
      try {
        await sleep(1_000 + draw() * 4_000);
      } finally {
        server.resumeStorage();
      }
      break;
    case 'connections silenced':
      proxy.silenceOpen();
      break;
    default:
      fault satisfies never;
  }
  return fault;
}
