import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  type LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import type { Backing } from '#runtime/local/backing.ts';

/** Arguments of every client of the local endpoint. */
export function clientOptions({ aws }: Backing<'aws'>) {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
}

/** A zip with `index.mjs`; `source` is the body of `handler(event, context)`. */
export function functionZip(source: string): Uint8Array {
  return zipSync({ 'index.mjs': strToU8(`export const handler = async (event, context) => {\n${source}\n};\n`) });
}

/** Creates a function whose versions 1 and 2 have the given sources, with alias `live` on version 1. Returns the alias's ARN. */
export async function twoVersions(
  lambda: LambdaClient,
  name: string,
  sources: readonly [string, string],
): Promise<string> {
  const wait = { client: lambda, maxWaitTime: 60, minDelay: 0.2, maxDelay: 1 };
  await lambda.send(
    new CreateFunctionCommand({
      ...{
        FunctionName: name,
        Role: 'arn:aws:iam::000000000000:role/test',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
      },
      ...{ Code: { ZipFile: functionZip(sources[0]) }, Timeout: 10, Publish: false },
    }),
  );
  await waitUntilFunctionActiveV2(wait, { FunctionName: name });
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: functionZip(sources[1]) }));
  await waitUntilFunctionUpdatedV2(wait, { FunctionName: name });
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  const alias = await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' }));
  return alias.AliasArn ?? '';
}

/** Asks until the answer is there. Throws after `timeoutMs`. */
export async function eventually<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(250);
  }
}
