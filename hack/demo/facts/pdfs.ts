import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, paginateListObjectsV2, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

const SAVED = 5;

/** Those of the orders whose tickets lie in the bucket; a few are saved for people to look at. */
export async function readPdfs(
  config: S3ClientConfig,
  bucket: string,
  orderIds: ReadonlySet<string>,
  dir: string,
): Promise<string[]> {
  const client = new S3Client({ ...config, forcePathStyle: true });
  const ids: string[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: 'tickets/' })) {
    for (const object of page.Contents ?? []) {
      const id = /^tickets\/(.+)\.pdf$/.exec(object.Key ?? '')?.[1];
      if (id !== undefined && orderIds.has(id) && (object.Size ?? 0) > 0) ids.push(id);
    }
  }
  mkdirSync(dir, { recursive: true });
  for (const id of ids.slice(0, SAVED)) {
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `tickets/${id}.pdf` }));
    const bytes = await object.Body?.transformToByteArray();
    if (bytes !== undefined) writeFileSync(join(dir, `ticket-${id}.pdf`), bytes);
  }
  client.destroy();
  return ids;
}
