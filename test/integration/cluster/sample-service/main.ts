/** A service of the same make as the real ones, small: it proves images, probes, DNS and files read at run time. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import pino from 'pino';

const log = pino({ base: { service: 'sample' } });
const root = process.env.TICKETBOTTLE_ROOT ?? '/app';
setLogVerbosity(2);

const health = new HealthImplementation({ '': 'SERVING' });
const grpc = new Server();
health.addToServer(grpc);
grpc.bindAsync('0.0.0.0:50050', ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});

const http = createServer((request, response) => {
  if (request.url === '/readyz') return response.end('ok');
  const facts = {
    host: process.env.HOSTNAME,
    node: process.version,
    uid: process.getuid?.(),
    migrations: readdirSync(join(root, 'services/sample/migrations')),
    protos: readdirSync(join(root, 'proto/ticketbottle')).length,
  };
  return response.end(JSON.stringify(facts));
});
http.listen(3000, () => log.info('sample is listening'));

process.on('SIGTERM', () => {
  log.info('sample drains');
  http.close();
  grpc.tryShutdown(() => log.info('sample has drained'));
});
