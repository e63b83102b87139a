import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { JOB, type KubeObject } from '../../kube/resource.ts';
import type { EnvVar } from '../environment.ts';
import { imageOf } from '../images.ts';
import { caBundleName, childMeta, labelsOf, migrationJobName, serviceObject } from '../names.ts';
import { type Pass, removeChild } from '../pass.ts';
import { CA_DIRECTORY, CA_VARIABLE, programOf } from './deployment.ts';
import { containerSecurity, podSecurity } from './pod-security.ts';

/** Pods of migrations must not look like pods of the service, or its Service would send them traffic. */
export const migrationLabel = (service: ServiceName): string => `${service}-migrate`;
export const MIGRATES_LABEL = 'ticketbottle.io/migrates';
const DATABASE_ANNOTATION = 'ticketbottle.io/database';

/** Applies the migrations of one image, once. A Job's template cannot change, so the name carries the image's hash. */
export function migrationJob(
  platform: TicketBottlePlatform,
  service: ServiceName,
  inputs: { readonly env: readonly EnvVar[]; readonly caBundle: boolean },
) {
  const { image } = imageOf(platform, service);
  const { imagePullPolicy, imagePullSecrets, scheduling } = platform.spec;
  const labels = { ...labelsOf(platform, migrationLabel(service)), [MIGRATES_LABEL]: service };
  const meta = childMeta(platform, migrationJobName(platform, service, image), migrationLabel(service));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...meta, labels, annotations: { [DATABASE_ANNOTATION]: databaseOf(platform, service) } },
    spec: {
      backoffLimit: 5,
      activeDeadlineSeconds: 900,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: serviceObject(platform, service),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity,
          ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
          ...scheduling,
          containers: [
            {
              name: 'migrate',
              image,
              imagePullPolicy,
              command: [...programOf(service), 'migrate'],
              env: [...inputs.env, ...(inputs.caBundle ? [CA_VARIABLE] : [])],
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '384Mi' } },
              securityContext: containerSecurity,
              volumeMounts: [
                { name: 'tmp', mountPath: '/tmp' },
                ...(inputs.caBundle ? [{ name: 'ca', mountPath: CA_DIRECTORY, readOnly: true }] : []),
              ],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
            ...(inputs.caBundle ? [{ name: 'ca', configMap: { name: caBundleName(platform) } }] : []),
          ],
        },
      },
    },
  };
}

const databaseOf = ({ spec }: TicketBottlePlatform, service: ServiceName): string =>
  `${spec.postgres.host}:${spec.postgres.port}/${service}`;

/** Whether it migrated a database elsewhere: what the spec names now may be empty, or restored from an older day. */
export function migratedElsewhere(job: JobObject, platform: TicketBottlePlatform, service: ServiceName): boolean {
  const database = job.metadata.annotations?.[DATABASE_ANNOTATION];
  return database !== undefined && database !== databaseOf(platform, service);
}

/** Makes the migrations of these services run again: their databases are about to be made. */
export async function migrateAnew(pass: Pass, services: readonly ServiceName[]): Promise<void> {
  const { children, platform } = pass;
  const { namespace, name } = platform.metadata;
  for (const { metadata } of children.list<JobObject>(JOB, namespace, name))
    if (services.some((service) => metadata.labels?.[MIGRATES_LABEL] === service))
      await removeChild(pass, JOB, metadata.name, 'its database is gone');
}

export interface JobObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] };
}

export function jobOutcome(job: JobObject | undefined): 'missing' | 'running' | 'succeeded' | 'failed' {
  if (job === undefined) return 'missing';
  const has = (type: string) => job.status?.conditions?.some((one) => one.type === type && one.status === 'True');
  if (has('Complete')) return 'succeeded';
  return has('Failed') ? 'failed' : 'running';
}
