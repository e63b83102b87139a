/**
 * Simulator of the payment providers ZaloPay (v2), PayOS (v2) and VNPay (2.1.0): their merchant APIs, a payment page, and for programs
 * `POST /simulator/pay` and `GET /simulator/payments`. Environment: see config.ts. No real money.
 */
import { systemClock } from '#runtime/clock.ts';
import { runProgram } from '#runtime/lifecycle.ts';
import { createLogger } from '#runtime/log.ts';
import { Callbacks } from './callbacks.ts';
import { providersConfig } from './config.ts';
import { PayOs } from './payos.ts';
import { createProviderServer } from './server.ts';
import { VnPay } from './vnpay.ts';
import { ZaloPay } from './zalopay.ts';

const log = createLogger({ service: 'providers', level: 'warn' });

await runProgram({
  name: 'providers',
  log,
  shutdownMs: 8_000,
  async start(stack, _signal, program) {
    const config = providersConfig(process.env);
    const { publicUrl, retryDelaysMs } = config;
    const clock = systemClock;
    const callbacks = new Callbacks({ clock, log, retryDelaysMs });
    stack.defer(() => callbacks.close());
    const server = createProviderServer({
      zalopay: new ZaloPay({ ...config.zalopay, publicUrl, clock, callbacks }),
      payos: new PayOs({ ...config.payos, publicUrl, clock, callbacks }),
      vnpay: new VnPay({ ...config.vnpay, clock, callbacks }),
    });
    await server.listen({ host: config.host, port: config.port, backlog: 4096 });
    program.stopIntake(() => server.close());
  },
});
