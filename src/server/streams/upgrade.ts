/** Upgraded connections: exec, attach and port-forward. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiRequest } from '../../cluster/apiserver/request.ts';
import type { Entry } from '../identities.ts';
import type { Pacer } from '../real-time.ts';

export interface UpgradeCall { incoming: IncomingMessage; request: ApiRequest; socket: Duplex; head: Buffer; pacer: Pacer; log: (text: string) => void; entry: Entry }

export function upgradeTo({ socket }: UpgradeCall): void {
  socket.end('HTTP/1.1 501 Not Implemented\r\n\r\n');
}
