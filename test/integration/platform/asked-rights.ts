import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { AuditLine } from './audit-log.ts';

/** `verb resource.group/subresource`, as rights are compared: `patch deployments.apps`. */
export type Right = string;

export interface Asked {
  /** What was asked for and given. */
  readonly used: ReadonlySet<Right>;
  /** What was asked for and refused. */
  readonly refused: ReadonlySet<Right>;
}

/** The rights that these requests needed. */
export function askedRights(lines: readonly AuditLine[]): Asked {
  const [used, refused] = [new Set<Right>(), new Set<Right>()];
  for (const { verb, objectRef, responseStatus } of lines) {
    if (objectRef?.resource === undefined) continue;
    const { resource, apiGroup = '', subresource } = objectRef;
    const right = rightOf(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`);
    if (responseStatus?.code === 403) refused.add(right);
    else used.add(right);
    // A server-side apply of what is not there is a patch that needs the right to create as well.
    if (verb === 'patch' && responseStatus?.code === 201) used.add(right.replace(/^patch/, 'create'));
  }
  return { used, refused };
}

interface Role {
  readonly kind: string;
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** What the Roles and ClusterRoles of some manifests of config/rbac give. */
export function givenRights(...files: string[]): ReadonlySet<Right> {
  const folder = join(import.meta.dirname, '../../../config/rbac');
  const roles = files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Role),
  );
  return new Set(
    roles.flatMap(({ rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, group, resource))),
        ),
      ),
    ),
  );
}

function rightOf(verb: string, group: string, resource: string): Right {
  const [plural = '', ...subresource] = resource.split('/');
  return `${verb} ${[group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')}`;
}
