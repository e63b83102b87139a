import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where the figures come from; figures of different machines are not comparable, ratios of one run are. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Load average of the last minute when the run began: others on the machine. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
