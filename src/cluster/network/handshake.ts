/** TLS between the modelled ends: who trusts whom, in the words of Go's crypto/tls. */
import { keyMatches, verifyCertificate } from '../pki/certificate.ts';
import { type ClientTls, NetworkError, type ServerTls } from './types.ts';

/** What a client without TLS sees of a port with TLS. */
export const PLAIN_TO_TLS = 'Client sent an HTTP request to an HTTPS server.';

/**
 * Shakes hands and gives the client's certificate if one was accepted.
 * Each side goes by its own clock. Throws NetworkError('tls') with the message that the client sees.
 */
export function handshake(server: ServerTls | undefined, client: ClientTls | undefined, host: string, { clientMs, serverMs }: { clientMs: number; serverMs: number }): string | undefined {
  if (!server && !client) return undefined;
  if (!server) throw new NetworkError('tls', 'http: server gave HTTP response to HTTPS client');
  if (!client) throw new NetworkError('tls', PLAIN_TO_TLS);
  const { certificate } = server.certificateFor?.(host) ?? server;
  if (!certificate) throw new NetworkError('tls', 'remote error: tls: internal error');
  if (!client.insecureSkipVerify) {
    const problem = verifyCertificate(certificate, client.ca ?? '', clientMs, { usage: 'server auth', host });
    if (problem) throw new NetworkError('tls', `tls: failed to verify certificate: ${problem}`);
  }
  return clientCertificate(server, client, serverMs);
}

function clientCertificate(server: ServerTls, client: ClientTls, nowMs: number): string | undefined {
  const { certificate, key } = client;
  if (!certificate) {
    if (server.requireClientCertificate) throw new NetworkError('tls', 'remote error: tls: certificate required');
    return undefined;
  }
  if (!key || !keyMatches(certificate, key)) throw new NetworkError('tls', 'tls: private key does not match public key');
  if (!server.clientCa) return certificate;
  const problem = verifyCertificate(certificate, server.clientCa, nowMs, { usage: 'client auth' });
  if (!problem) return certificate;
  // The API server asks for a certificate without demanding a good one: a bad one then counts as an unauthenticated request.
  if (server.requireClientCertificate) throw new NetworkError('tls', `remote error: tls: ${alertOf(problem)}`);
  return certificate;
}

/** What a Go server tells a client whose certificate it does not like. */
function alertOf(problem: string): string {
  if (problem.includes('signed by unknown authority')) return 'unknown certificate authority';
  return problem.includes('has expired') ? 'expired certificate' : 'bad certificate';
}
