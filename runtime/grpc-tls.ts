/**
 * Mutual TLS between services from a mounted Secret: `tls.crt`, `tls.key` and `ca.crt` in one folder. Renewed files are read
 * within ten seconds and used for the next handshake; connections that are open go on.
 */
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { type ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';

export interface TlsFolder {
  readonly directory: string;
  /** How often the files are looked at, ms; 10 s unless told. */
  readonly refreshMs?: number;
}

/** Only callers with a certificate of `ca.crt` get through. */
export function serverTls(folder: TlsFolder): ServerCredentials {
  const files = watched(folder);
  return experimental.createCertificateProviderServerCredentials(files, files, true);
}

/** Shows our certificate, and takes only servers with one of `ca.crt` for the name that was called. */
export function channelTls(folder: TlsFolder, serverName?: string): ChannelCredentials {
  const files = watched(folder);
  if (serverName === undefined) return experimental.createCertificateProviderChannelCredentials(files, files);
  return experimental.createCertificateProviderChannelCredentials(files, files, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(serverName, certificate),
  });
}

function watched({ directory, refreshMs = 10_000 }: TlsFolder) {
  return new experimental.FileWatcherCertificateProvider({
    certificateFile: join(directory, 'tls.crt'),
    privateKeyFile: join(directory, 'tls.key'),
    caCertificateFile: join(directory, 'ca.crt'),
    refreshIntervalMs: refreshMs,
  });
}
