/** The local AWS endpoint's front. Arguments: --listen HOST:PORT --upstream URL --state FILE. */
import { parseArgs } from 'node:util';
import { systemClock } from '#runtime/clock.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { createFront } from './front-server.ts';
import { Pipes } from './pipes.ts';
import { Upstream } from './upstream.ts';

const { values } = parseArgs({
  options: { listen: { type: 'string' }, upstream: { type: 'string' }, state: { type: 'string' } },
});
const [host, port] = (values.listen ?? '127.0.0.1:4566').split(':');
const awsEndpoint = values.upstream ?? 'http://127.0.0.1:4567';
const log = createLogger({ service: 'aws-front', level: 'warn' });

await runProgram({
  name: 'aws-front',
  log,
  shutdownMs: 8_000,
  async start(stack, _signal, program) {
    const upstream = new Upstream(new URL(awsEndpoint));
    stack.defer(() => upstream.close());
    const pipes = new Pipes({ stateFile: values.state ?? 'pipes.json', awsEndpoint, clock: systemClock, log });
    stack.defer(() => pipes.close());
    const server = createFront({ upstream, pipes, random: Math.random, log });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(port), host, 4096, resolve);
    });
    program.stopIntake(() => {
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
    });
  },
});
