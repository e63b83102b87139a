/**
 * A bare grpc-js server, the limit that our services are set against: it answers one method of one service with one fixed
 * message and does nothing else. Prints `port N` when it serves.
 *
 *   node bare-echo.ts PROTO_FILE SERVICE METHOD ANSWER_AS_JSON
 */
import { dirname } from 'node:path';
import { Server, ServerCredentials, type ServiceDefinition, type sendUnaryData } from '@grpc/grpc-js';
import { loadService } from '#runtime/proto-loader.ts';

const [file = '', service = '', method = '', answer = '{}'] = process.argv.slice(2);
const root = dirname(dirname(dirname(import.meta.dirname)));
const definition = loadService<ServiceDefinition>(root, file, service);
const only = definition[method];
if (only === undefined) throw new Error(`${service} has no method ${method}`);
const fixed = JSON.parse(answer) as object;

const server = new Server({ 'grpc.max_concurrent_streams': 10_000 });
server.addService(
  { [method]: only },
  { [method]: (_call: unknown, callback: sendUnaryData<unknown>) => callback(null, fixed) },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`port ${port}`);
});
