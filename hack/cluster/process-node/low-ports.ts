import { createServer } from 'node:net';

/** True when this user may listen below 1024 at the address. */
export async function mayListenLow(host: string): Promise<boolean> {
  const server = createServer();
  const refused = await new Promise<boolean>((resolve) => {
    // Anything but a refusal says that the right is there; a port that is taken says so too.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES'));
    server.listen({ port: 1023, host }, () => resolve(false));
  });
  await new Promise((resolve) => server.close(resolve));
  return !refused;
}
