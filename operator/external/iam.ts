import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Adapter, Change } from './adapter.ts';
import { absent, isAwsError } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

export interface PolicyStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export interface DesiredRole {
  readonly name: string;
  /** Who may assume it, for example `lambda.amazonaws.com`. */
  readonly service: string;
  readonly statements: readonly PolicyStatement[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface ObservedRole {
  readonly arn: string;
  readonly trust: unknown;
  readonly policy: unknown;
}

export type ObservedRoles = ReadonlyMap<string, ObservedRole>;

export interface RoleChange extends Change {
  readonly step: 'create' | 'trust' | 'policy';
  readonly role: DesiredRole;
}

const POLICY_NAME = 'ticketbottle';

/** Execution roles with one inline policy each, so that removing a role leaves nothing behind. */
export function createRoles(client: IAMClient): Adapter<readonly DesiredRole[], ObservedRoles, RoleChange> {
  const putPolicy = (role: DesiredRole, abortSignal: AbortSignal) =>
    client.send(
      new PutRolePolicyCommand({
        RoleName: role.name,
        PolicyName: POLICY_NAME,
        PolicyDocument: JSON.stringify(policyDocument(role)),
      }),
      { abortSignal },
    );
  return {
    async observe(desired, abortSignal) {
      const found = await Promise.all(
        desired.map(async ({ name }): Promise<[string, ObservedRole][]> => {
          const role = await absent(client.send(new GetRoleCommand({ RoleName: name }), { abortSignal }));
          if (role?.Role?.Arn === undefined) return [];
          const policy = await absent(
            client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: POLICY_NAME }), { abortSignal }),
          );
          const trust = parseDocument(role.Role.AssumeRolePolicyDocument);
          return [[name, { arn: role.Role.Arn, trust, policy: parseDocument(policy?.PolicyDocument) }]];
        }),
      );
      return new Map(found.flat());
    },
    diff: diffRoles,
    async apply(changes, abortSignal) {
      for (const { step, role } of changes) {
        const trust = JSON.stringify(trustDocument(role));
        if (step === 'create') {
          const Tags = Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value }));
          try {
            await client.send(new CreateRoleCommand({ RoleName: role.name, AssumeRolePolicyDocument: trust, Tags }), {
              abortSignal,
            });
          } catch (error) {
            if (!isAwsError(error, 'EntityAlreadyExists', 'EntityAlreadyExistsException')) throw error;
          }
        }
        if (step === 'trust')
          await client.send(new UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument: trust }), {
            abortSignal,
          });
        if (step !== 'trust') await putPolicy(role, abortSignal);
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired) {
        const policy = { RoleName: name, PolicyName: POLICY_NAME };
        await absent(client.send(new DeleteRolePolicyCommand(policy), { abortSignal }));
        await absent(client.send(new DeleteRoleCommand({ RoleName: name }), { abortSignal }));
      }
    },
  };
}

export function diffRoles(desired: readonly DesiredRole[], observed: ObservedRoles): RoleChange[] {
  return desired.flatMap((role): RoleChange[] => {
    const target = `role ${role.name}`;
    const found = observed.get(role.name);
    if (found === undefined) return [{ target, action: 'create', step: 'create', reason: 'does not exist', role }];
    const changes: RoleChange[] = [];
    if (canonicalJson(found.trust) !== canonicalJson(trustDocument(role)))
      changes.push({ target, action: 'update', step: 'trust', reason: 'trust policy differs', role });
    if (canonicalJson(found.policy) !== canonicalJson(policyDocument(role)))
      changes.push({ target, action: 'update', step: 'policy', reason: 'permissions differ', role });
    return changes;
  });
}

function trustDocument({ service }: DesiredRole): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
}

function policyDocument({ statements }: DesiredRole): unknown {
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  };
}

/** IAM gives documents URL-encoded; a document that does not parse is one that differs. */
function parseDocument(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return text;
  }
}
