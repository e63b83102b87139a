import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  answers,
  type BackingServer,
  isolated,
  type Parts,
  type Place,
  REPOSITORY,
  reachable,
  SYSTEM_PATH,
} from './server.ts';

export const AWS_REGION = 'us-east-1';
/** Accepted as they are; requests are not verified. The account is 000000000000. */
export const AWS_ACCESS_KEY_ID = 'ticketbottle';
export const AWS_SECRET_ACCESS_KEY = 'ticketbottle-local';

const pipesFile = (place: Place) => join(place.dir, 'pipes.json');

export interface AwsPorts {
  /** The endpoint that everyone uses. */
  readonly front: number;
  /** ministack itself, behind the front. */
  readonly behind: number;
}

/** ministack: the AWS services themselves. Functions run as child processes of it, with our Node. */
export function ministackServer(parts: Parts, place: Place, ports: AwsPorts): BackingServer {
  const temporary = join(place.dir, 'tmp');
  const env = {
    // Whatever a function's runtime says, ministack runs the first `node` of PATH.
    PATH: `${dirname(parts.node)}:${SYSTEM_PATH}`,
    HOME: place.dir,
    TMPDIR: temporary,
    PYTHONPATH: parts.pythonPath,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(ports.behind),
    BIND_HOST: reachable(place.bind),
    MINISTACK_HOST: place.host,
    MINISTACK_REGION: AWS_REGION,
    AWS_ENDPOINT_URL: `http://${place.host}:${ports.front}`,
    STATE_DIR: join(place.dir, 'state'),
    S3_DATA_DIR: join(place.dir, 's3'),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LOG_LEVEL: 'WARNING',
  };
  const program = join(REPOSITORY, 'hack/backing/run-ministack.py');
  return {
    ports: [ports.behind],
    async prepare() {
      // Unpacked functions of an earlier run stay behind; state is in memory, so nobody needs them.
      rmSync(temporary, { recursive: true, force: true });
      // The queues that pipes feed are gone with that memory, and pipes must not outlive them.
      rmSync(pipesFile(place), { force: true });
      mkdirSync(temporary, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'ministack',
      ...isolated({ command: parts.python, args: [program], env, tiedToParent: place.tiedToParent }),
      cwd: place.dir,
      ready: async (signal) =>
        await answers(`http://${reachable(place.bind)}:${ports.behind}/_ministack/health`, signal),
    },
  };
}

/** Our front before it: routes alias weights, keeps pipes and runs them. */
export function awsFrontServer(parts: Parts, place: Place, ports: AwsPorts): BackingServer {
  const args = [
    join(REPOSITORY, 'hack/backing/aws-front/main.ts'),
    ...['--listen', `${place.bind}:${ports.front}`],
    ...['--upstream', `http://${reachable(place.bind)}:${ports.behind}`],
    ...['--state', pipesFile(place)],
  ];
  return {
    ports: [ports.front],
    async prepare() {
      mkdirSync(place.dir, { recursive: true, mode: 0o700 });
    },
    daemon: {
      name: 'aws',
      ...isolated({ command: parts.node, args, env: { PATH: SYSTEM_PATH }, tiedToParent: place.tiedToParent }),
      cwd: REPOSITORY,
      ready: async (signal) =>
        await answers(`http://${reachable(place.bind)}:${ports.front}/_ministack/health`, signal),
    },
  };
}
