import { backingAddresses, LOCAL_PORTS } from '#runtime/local/backing.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { Daemons } from '#runtime/local/process.ts';
import { BACKING_DAEMONS, OPTIONAL_DAEMONS } from './daemon-names.ts';

/** Prints what runs and where it is, inside the namespace. Returns whether all that should run does. */
export function printStatus(layout: LocalLayout, json: boolean): boolean {
  const names: readonly string[] = [...BACKING_DAEMONS, ...OPTIONAL_DAEMONS];
  const daemons = new Daemons(layout).list().filter(({ name }) => names.includes(name));
  const up = BACKING_DAEMONS.every((name) => daemons.some((daemon) => daemon.name === name && daemon.running));
  const addresses = backingAddresses(layout.nodeIp, LOCAL_PORTS);
  if (json) {
    process.stdout.write(`${JSON.stringify({ up, netns: layout.netns, daemons, addresses }, null, 2)}\n`);
    return up;
  }
  for (const name of names) {
    const daemon = daemons.find((one) => one.name === name);
    const state = daemon === undefined ? '-' : daemon.running ? `pid ${daemon.pid}` : 'DEAD';
    process.stdout.write(`${name.padEnd(16)} ${state.padEnd(12)} ${daemon?.log ?? ''}\n`);
  }
  process.stdout.write(
    up ? '\nThe backing services are up.\n' : '\nNot all of them run; type: npm run cluster -- up\n',
  );
  return up;
}
