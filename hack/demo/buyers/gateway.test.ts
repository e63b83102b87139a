import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gateway, GatewayError, type Session } from './gateway.ts';

describe('a buyer whose access token ends', () => {
  /** Refresh tokens that were spent, in order. */
  let spent: string[];
  let valid: string;
  let server: Server;
  let gateway: Gateway;

  beforeEach(async () => {
    spent = [];
    valid = 'access-2';
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
      const answer = (status: number, json: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      if (request.url === '/api/v1/auth/refresh') {
        const { refreshToken } = JSON.parse(body) as { refreshToken: string };
        if (spent.push(refreshToken) > 1 || refreshToken !== 'refresh-1') return answer(401, { code: 'TOKEN_REUSED' });
        return answer(200, { accessToken: 'access-2', refreshToken: 'refresh-2', user: { id: 'u' } });
      }
      if (request.headers.authorization !== `Bearer ${valid}`) return answer(401, { code: 'TOKEN_EXPIRED' });
      if (request.url?.endsWith('/stream'))
        return response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end('event: tick\ndata: {"served":7}\n\n');
      return answer(200, { id: 'o', state: 'PAID' });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    gateway = new Gateway(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 4);
  });
  afterEach(async () => {
    await gateway.close();
    server.close();
  });

  const aSession = (): Session => ({ userId: 'u', accessToken: 'access-1', refreshToken: 'refresh-1' });

  it('goes on with a new one, and calls at one time spend the refresh token once', async () => {
    const session = aSession();
    const orders = await Promise.all([gateway.order(session, 'o'), gateway.order(session, 'o')]);
    assert.deepEqual(
      orders.map(({ state }) => state),
      ['PAID', 'PAID'],
    );
    assert.deepEqual(spent, ['refresh-1']);
    assert.deepEqual([session.accessToken, session.refreshToken], ['access-2', 'refresh-2']);
  });

  it('opens the stream of the room again', async () => {
    const seen: unknown[] = [];
    for await (const { data } of gateway.stream(aSession(), 'e', AbortSignal.timeout(5_000))) seen.push(data);
    assert.deepEqual(seen, [{ served: 7 }]);
  });

  it('is told when the session is over', async () => {
    valid = 'nobody has it';
    await assert.rejects(
      gateway.order(aSession(), 'o'),
      (error) => error instanceof GatewayError && error.code === 'TOKEN_EXPIRED',
    );
    assert.equal(spent.length, 1);
  });
});
