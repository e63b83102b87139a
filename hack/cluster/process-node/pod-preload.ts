/**
 * Loaded before the program of every pod (`node --import`). Without root a pod has no network, no names and no files of its
 * own, so this gives the Node process its pod's: it listens at the pod's address, finds Services by the cluster's DNS, and
 * reads the container's paths where they really lie. Only what goes through Node is led there: native code that opens
 * sockets or files itself, and programs that are not Node, see the machine as it is.
 */
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const text = process.env.TICKETBOTTLE_POD_PLACE;
if (text !== undefined) {
  const place = JSON.parse(text) as import('./settings.ts').PodPlace;
  leadSockets(place);
  leadNames(place);
  leadFiles(place);
  os.hostname = () => place.hostname;
  os.networkInterfaces = () => ({
    eth0: [
      ...[{ address: place.ip, netmask: '255.255.0.0', family: 'IPv4' as const, mac: '00:00:00:00:00:00' }].map(
        (one) => ({
          ...one,
          internal: false,
          cidr: `${one.address}/16`,
        }),
      ),
    ],
  });
  syncBuiltinESMExports();
}

type Options = Record<string, unknown> & { host?: string; port?: number | string; path?: string; backlog?: number };
type Any = (...args: unknown[]) => unknown;

/** Everywhere and the loopback of a pod both mean its own address; nobody else is on it. */
function leadSockets(place: import('./settings.ts').PodPlace): void {
  const own = new Set([undefined, null, '', '0.0.0.0', '127.0.0.1', '::', '::1', '::ffff:127.0.0.1', 'localhost']);
  const port = (wanted: unknown) => {
    const number = Number(wanted ?? 0);
    return number > 0 && number < 1024 ? number + place.lowPortShift : number;
  };
  const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): [Options, unknown] })._normalizeArgs;

  const listen = net.Server.prototype.listen as Any;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    const [options, callback] = normalize(args);
    const byHandle = 'fd' in options || '_handle' in options || 'handle' in options || options.path !== undefined;
    if (byHandle || !own.has(options.host)) return listen.apply(this, args) as net.Server;
    const backlog = [args[1], args[2]].find((value) => typeof value === 'number');
    const led = {
      ...(typeof backlog === 'number' ? { backlog } : {}),
      ...options,
      ...{ host: place.ip, port: port(options.port), ipv6Only: false },
    };
    return listen.apply(this, typeof callback === 'function' ? [led, callback] : [led]) as net.Server;
  } as typeof net.Server.prototype.listen;

  const connect = net.Socket.prototype.connect as Any;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    // Callers inside Node hand over what they have normalized already.
    const normalized = (Array.isArray(args[0]) ? args[0] : normalize(args)) as [Options, unknown];
    const options = normalized[0];
    if (options.path === undefined || options.path === null) {
      const toSelf = own.has(options.host);
      normalized[0] = {
        ...options,
        ...(toSelf ? { host: place.ip, family: 4 } : {}),
        port: port(options.port),
      };
    }
    return connect.call(this, normalized) as net.Socket;
  } as typeof net.Socket.prototype.connect;
}

/** Names as the C library would look them up with the pod's resolv.conf; it cannot be told a port, so Node's own resolver asks. */
function leadNames(place: import('./settings.ts').PodPlace): void {
  const { servers, search, ndots } = place.dns;
  const resolver = new dns.promises.Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(servers);
  dns.setServers(servers);

  const candidates = (name: string) => {
    if (name.endsWith('.')) return [name.slice(0, -1)];
    const searched = search.map((domain) => `${name}.${domain}`);
    return name.split('.').length > ndots ? [name, ...searched] : [...searched, name];
  };
  const find = async (hostname: string): Promise<string[]> => {
    if (hostname === place.hostname) return [place.ip];
    let failure = 'ENOTFOUND';
    for (const name of candidates(hostname)) {
      try {
        const addresses = await resolver.resolve4(name);
        if (addresses.length > 0) return addresses;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTFOUND' && code !== 'ENODATA') failure = 'EAI_AGAIN';
      }
    }
    throw notFound(hostname, failure);
  };
  const familyOf = (options: unknown) =>
    typeof options === 'number' ? options : (options as { family?: number | string } | undefined)?.family;

  const plainLookup = dns.promises.lookup as unknown as Any;
  const lookup = async (hostname: string, options?: unknown) => {
    const plain =
      typeof hostname !== 'string' || hostname === '' || net.isIP(hostname) !== 0 || hostname === 'localhost';
    if (plain) return await plainLookup(hostname, options);
    const family = familyOf(options);
    if (family === 6 || family === 'IPv6') throw notFound(hostname, 'ENOTFOUND');
    const found = (await find(hostname)).map((address) => ({ address, family: 4 }));
    return (options as { all?: boolean } | undefined)?.all === true ? found : found[0];
  };
  dns.promises.lookup = lookup as unknown as typeof dns.promises.lookup;

  const withCallback = (hostname: string, ...rest: unknown[]) => {
    const callback = rest.at(-1) as Any;
    const options = rest.length > 1 ? rest[0] : undefined;
    lookup(hostname, options).then(
      (found) => {
        if (Array.isArray(found)) callback(null, found);
        else {
          const { address, family } = found as dns.LookupAddress;
          callback(null, address, family);
        }
      },
      (error: Error) => callback(error),
    );
    return {};
  };
  dns.lookup = Object.assign(withCallback, { [promisify.custom]: lookup }) as unknown as typeof dns.lookup;

  // Resolvers that programs make for themselves would ask the machine's own name server.
  const Plain = dns.Resolver;
  dns.Resolver = class extends Plain {
    constructor(...args: ConstructorParameters<typeof Plain>) {
      super(...args);
      this.setServers(servers);
    }
  } as typeof Plain;
  const PlainPromises = dns.promises.Resolver;
  dns.promises.Resolver = class extends PlainPromises {
    constructor(...args: ConstructorParameters<typeof PlainPromises>) {
      super(...args);
      this.setServers(servers);
    }
  } as typeof PlainPromises;
}

function notFound(hostname: string, code: string): Error {
  const error = new Error(`getaddrinfo ${code} ${hostname}`);
  return Object.assign(error, { code, syscall: 'getaddrinfo', hostname });
}

/** Volumes and the image's own folder: the container's absolute paths, at their real place. */
function leadFiles(place: import('./settings.ts').PodPlace): void {
  const paths = place.paths.toSorted((a, b) => b.path.length - a.path.length);
  const below = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`);
  const lead = (given: unknown): unknown => {
    const path =
      typeof given === 'string'
        ? given
        : Buffer.isBuffer(given)
          ? given.toString()
          : given instanceof URL && given.protocol === 'file:'
            ? fileURLToPath(given)
            : undefined;
    if (path === undefined || !path.startsWith('/')) return given;
    const normal = posix.normalize(path);
    if (place.real.some((directory) => below(normal, directory))) return given;
    const match = paths.find((one) => below(normal, one.path));
    return match === undefined ? given : match.at + normal.slice(match.path.length);
  };

  const ONE = [
    'access',
    'appendFile',
    'chmod',
    'chown',
    'exists',
    'lchown',
    'lstat',
    'lutimes',
    'mkdir',
    'mkdtemp',
    'open',
  ]
    .concat(['opendir', 'readFile', 'readdir', 'readlink', 'realpath', 'rm', 'rmdir', 'stat', 'statfs', 'truncate'])
    .concat(['unlink', 'utimes', 'watch', 'writeFile', 'openAsBlob', 'createReadStream', 'createWriteStream'])
    .concat(['watchFile', 'unwatchFile']);
  const TWO = ['copyFile', 'cp', 'link', 'rename', 'symlink'];
  const wrap = (owner: Record<string, unknown>, name: string, leads: number) => {
    const plain = owner[name] as Any | undefined;
    if (typeof plain !== 'function') return;
    const led = function (this: unknown, ...args: unknown[]) {
      return plain.apply(
        this,
        args.map((arg, at) => (at < leads ? lead(arg) : arg)),
      );
    };
    // Such as realpath.native and what util.promisify looks for.
    for (const key of Reflect.ownKeys(plain)) {
      if (key === 'length' || key === 'name' || key === 'prototype') continue;
      Object.defineProperty(led, key, Object.getOwnPropertyDescriptor(plain, key) ?? {});
    }
    owner[name] = led;
  };
  const owners = [fs, fs.promises] as unknown as Record<string, unknown>[];
  for (const owner of owners) {
    for (const name of ONE.flatMap((one) => [one, `${one}Sync`])) wrap(owner, name, 1);
    for (const name of TWO.flatMap((one) => [one, `${one}Sync`])) wrap(owner, name, 2);
  }
}
