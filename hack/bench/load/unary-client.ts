import { Client, credentials, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js';

export type UnaryCall = (request: object) => Promise<object>;

/** A bare grpc-js client on `connections` connections in turns: the same for every side, so that it weighs alike on all. */
export function unaryClient(
  address: string,
  definition: ServiceDefinition,
  method: string,
  connections = 1,
): { readonly call: UnaryCall; close(): void } {
  const described = definition[method];
  if (described === undefined) throw new Error(`no method ${method}`);
  const clients = Array.from(
    { length: connections },
    (_, index) =>
      // Without an argument of its own a channel to the same address would share its connection.
      new Client(address, credentials.createInsecure(), {
        'bench.connection': index,
        'grpc.use_local_subchannel_pool': 1,
      }),
  );
  let turn = 0;
  const { path, requestSerialize, responseDeserialize } = described;
  return {
    call: (request) =>
      new Promise((resolve, reject) => {
        const client = clients[turn++ % clients.length] as Client; // within bounds
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          (error: ServiceError | null, value?: object) =>
            error === null && value !== undefined ? resolve(value) : reject(error),
        );
      }),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}
