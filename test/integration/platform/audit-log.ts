import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from '#runtime/local/apiserver.ts';
import { SYSTEM } from '../kube/installed-operator.ts';

/** As whom the installed operator asks. */
export const OPERATOR = `system:serviceaccount:${SYSTEM}:ticketbottle-operator`;

/** Lets an API server write down what operators ask for. */
export const AUDITED = [
  `--audit-policy-file=${join(import.meta.dirname, 'operator-audit-policy.yaml')}`,
  '--audit-log-path=audit.log',
];

export interface AuditLine {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

/** What the installed operator asked an `AUDITED` server for, in that order. */
export function asksOfOperator(server: ApiServer): AuditLine[] {
  return (
    readFileSync(join(server.dir, 'audit.log'), 'utf8')
      .split('\n')
      // After the last line end stands nothing, or a line that is being written.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditLine)
      .filter(({ user }) => user.username === OPERATOR)
  );
}
