import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import type { Backing } from '#runtime/local/backing.ts';

/** A zip that holds `index.js` with `exports.h=()=>1;`. */
const ZIP =
  'UEsDBBQAAAAAAAAAIQDHBRSrEAAAABAAAAAIAAAAaW5kZXguanNleHBvcnRzLmg9KCk9PjE7ClBLAQIUAxQAAAAAAAAAIQDHBRSrEAAAABAAAAAIAAAAAAAAAAAAAACAAQAAAABpbmRleC5qc1BLBQYAAAAAAQABADYAAAA2AAAAAAA=';

export function lambdaClient({ region, endpoint, accessKeyId, secretAccessKey }: Backing<'aws'>['aws']): LambdaClient {
  return new LambdaClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
}

/** A function with one version and the alias `live`, as the platform controller leaves it. */
export async function createWebhookFunction(aws: Backing<'aws'>['aws'], FunctionName: string): Promise<void> {
  const client = lambdaClient(aws);
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.h',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: Buffer.from(ZIP, 'base64') },
    }),
  );
  for (let tries = 0; tries < 50; tries++) {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));
    if (Configuration?.State === 'Active') break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  client.destroy();
}
