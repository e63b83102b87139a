import { Agent, request } from 'undici';
import type { ApiServer } from '#runtime/local/apiserver.ts';

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: { metadata: { name: string } } }[];
}

/** What `kubectl get -o wide` shows of one object, by column, as the API server makes it. */
export async function rowOf(
  { url, ca, token }: Pick<ApiServer, 'url' | 'ca' | 'token'>,
  { namespace, plural, name }: { readonly namespace: string; readonly plural: string; readonly name: string },
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await request(`${url}/apis/ticketbottle.io/v1alpha1/namespaces/${namespace}/${plural}`, {
    dispatcher: new Agent({ connect: { ca } }),
    headers: { authorization: `Bearer ${token}`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const { columnDefinitions, rows } = (await answer.body.json()) as Table;
  const row = rows.find(({ object }) => object.metadata.name === name);
  return Object.fromEntries(columnDefinitions.map((column, index) => [column.name, row?.cells[index]]));
}
