import { type OrganisersSite, startOrganisersSite } from './control-plane.ts';

/** How long a hold lasts here: one test waits for its end. */
export const HOLD_S = 75;
/** Where nobody has built the control plane or fetched the servers yet, the first test does. */
export const STARTING_MS = 1_200_000;

let shared: Promise<OrganisersSite> | undefined;

/** One site for all files of this folder; tests keep apart by accounts and events. */
export function sharedSite(): Promise<OrganisersSite> {
  shared ??= startOrganisersSite(`${HOLD_S}s`);
  return shared;
}

// A root hook: runs once, when every file is through.
after(async function () {
  this.timeout(60_000);
  // Where it did not start, the tests have said so.
  await (await shared?.catch(() => undefined))?.[Symbol.asyncDispose]();
});
