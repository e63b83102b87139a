import type { KubeClient } from '#operator/kube/client.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { eventually } from './api-fixture.ts';

interface Refusal {
  readonly name: string;
  readonly namespace: string;
  readonly rule: { readonly apiGroups: string[]; readonly apiVersions: string[]; readonly resources: string[] };
  /** CEL: which objects it is about; all unless given. */
  readonly about?: string;
  /** CEL: what is allowed all the same. */
  readonly unless: string;
  readonly message: string;
}

/**
 * A policy of the cluster that refuses updates, as ops may have one; in force once this returns, or once `probe` (a try that it
 * must refuse) is refused. Returns how to lift it.
 */
export async function refuse(
  client: KubeClient,
  { name, namespace, rule, about, unless, message }: Refusal,
  probe?: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  const inNamespace = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const specs = {
    ValidatingAdmissionPolicy: {
      failurePolicy: 'Fail',
      matchConstraints: { ...inNamespace, resourceRules: [{ ...rule, operations: ['UPDATE'] }] },
      ...(about === undefined ? {} : { matchConditions: [{ name: 'about', expression: about }] }),
      validations: [{ expression: unless, message }],
    },
    ValidatingAdmissionPolicyBinding: { policyName: name, validationActions: ['Deny'] },
  };
  const objects = Object.entries(specs).map(([kind, spec]) => ({
    resource: {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      plural: kind.endsWith('y') ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings',
      kind,
      namespaced: false,
    },
    object: { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec } as KubeObject,
  }));
  for (const { resource, object } of objects) await client.apply(resource, object, { fieldManager: 'test' });
  if (probe !== undefined)
    await eventually(() =>
      probe().then(
        () => false,
        () => true,
      ),
    );
  return async () => {
    for (const { resource } of objects) await client.delete(resource, '', name);
  };
}
