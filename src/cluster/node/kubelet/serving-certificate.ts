/** What the kubelet shows on port 10250: the files of its configuration, a certificate that the cluster signs on request, or its own. */
import type { ServerTls } from '../../network/types.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { checkKeyPair, FatalError, readFlagFile } from '../control-plane/program.ts';
import type { FileSystem } from '../file-system.ts';
import { StartError } from '../os/systemd.ts';
import { PURPOSES } from './certificate-rotation.ts';
import type { KubeletConfiguration } from './configuration.ts';

/** With serverTLSBootstrap there is none until a signing request has been approved. Throws StartError. */
export function servingTls(files: FileSystem, { tlsCertFile, tlsPrivateKeyFile, serverTLSBootstrap, clientCAFile }: KubeletConfiguration, own: () => KeyPair): ServerTls {
  const clientCa = clientCAFile ? files.read(clientCAFile) : undefined;
  if (tlsCertFile && tlsPrivateKeyFile) return { ...fromFiles(files, tlsCertFile, tlsPrivateKeyFile), clientCa };
  if (!serverTLSBootstrap) return { ...own(), clientCa };
  const { path } = PURPOSES.serving;
  const kept = files.exists(path) ? files.read(path) : '';
  return { certificate: kept, key: kept, clientCa };
}

function fromFiles(files: FileSystem, certificatePath: string, keyPath: string): KeyPair {
  try {
    const pair = { certificate: readFlagFile({ files }, certificatePath), key: readFlagFile({ files }, keyPath) };
    checkKeyPair(pair.certificate, pair.key);
    return pair;
  } catch (error) {
    if (error instanceof FatalError) throw new StartError([`E kubelet run.go:72] "command failed" err="failed to construct kubelet dependencies: failed to initialize TLS: ${error.message}"`]);
    throw error;
  }
}
