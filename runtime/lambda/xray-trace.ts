/**
 * Lambda's `_X_AMZN_TRACE_ID` (`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`) as a W3C header:
 * the same 32 digits, so that logs and spans of functions and of services meet in one trace. undefined when there is none.
 */
export function xrayParent(header: string | undefined): string | undefined {
  const root = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(header ?? '');
  if (root === null) return undefined;
  const parent = /(?:^|;)Parent=([0-9a-f]{16})/.exec(header ?? '')?.[1] ?? '0'.repeat(15).concat('1');
  const sampled = !/(?:^|;)Sampled=0/.test(header ?? '');
  return `00-${root[1]}${root[2]}-${parent}-${sampled ? '01' : '00'}`;
}
