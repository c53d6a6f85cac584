/** Upgraded connections: exec, attach and port-forward over WebSocket (v5, v4, SPDY tunnelled) or SPDY/3.1 itself. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiRequest, ApiResponse } from '../../cluster/apiserver/request.ts';
import { bytesOfText } from '../../cluster/node/byte-text.ts';
import type { Entry } from '../identities.ts';
import type { Pacer } from '../real-time.ts';
import { badRequest } from '../refusals.ts';
import { forwardPort, type Forwarded } from './port-forward.ts';
import { type Input, openRemoteCommand } from './remote-command.ts';
import { SpdyConnection, type SpdyStream } from './spdy.ts';

export interface UpgradeCall { incoming: IncomingMessage; request: ApiRequest; socket: Duplex; head: Buffer; pacer: Pacer; log: (text: string) => void; entry: Entry }

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** v5: the byte that says that a channel is closed. */
const CLOSE = 255;
const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const PAYLOAD_MAX = 8 * 1024 * 1024;

/** Answers an upgrade; what the API server refuses is answered by its Status over plain HTTP. */
export function upgradeTo(call: UpgradeCall): void {
  const { incoming, request } = call;
  const [, subresource = ''] = /\/pods\/[^/?]+\/(exec|attach|portforward)(?:\?|$)/.exec(request.path) ?? [];
  if (!subresource) return refuse(call, badRequest('this path cannot be upgraded'));
  const wanted = incoming.headers.upgrade?.toLowerCase() ?? '';
  if (wanted === 'spdy/3.1') return subresource === 'portforward' ? forwardOverSpdy(call) : commandOverSpdy(call);
  if (wanted !== 'websocket') return refuse(call, badRequest(`unable to upgrade: ${incoming.headers.upgrade ?? ''} is not served`));
  const offered = (incoming.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const chosen = (subresource === 'portforward' ? [TUNNEL, V4] : [V5, V4]).find((name) => offered.includes(name));
  if (!chosen) return refuse(call, badRequest(`unable to upgrade: unsupported protocols [${offered.join(' ')}]`));
  if (chosen === TUNNEL) return permitted(call, () => accept(call, chosen, tunnel(call)));
  if (subresource === 'portforward') return permitted(call, () => accept(call, chosen, forwardByChannels(call)));
  return commandOverWebSocket(call, chosen);
}

function accept({ incoming, socket, head }: UpgradeCall, protocol: string, use: (webSocket: WebSocket) => void): void {
  // The tunnel's name is no token of RFC 6455, so the library is not shown it.
  delete incoming.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({ noServer: true, maxPayload: PAYLOAD_MAX, perMessageDeflate: false });
  server.on('headers', (headers) => void headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  server.handleUpgrade(incoming, socket, head, (webSocket) => {
    webSocket.on('error', () => webSocket.terminate());
    use(webSocket);
  });
}

function refuse({ socket }: UpgradeCall, { code, body }: ApiResponse): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function commandOverWebSocket(call: UpgradeCall, protocol: string): void {
  let webSocket: WebSocket | undefined;
  const send = (channel: number, text: string) => { if (webSocket?.readyState === webSocket?.OPEN) webSocket?.send(Buffer.concat([Buffer.from([channel]), bytesOfText(text)])); };
  openRemoteCommand({
    ...call, saysEnd: protocol === V5,
    carrier: { stdout: (text) => send(STDOUT, text), stderr: (text) => send(STDERR, text), finish: (status) => { send(ERROR, status); webSocket?.close(1000); } },
    ready: (answer) => {
      if (answer === undefined) return void call.socket.destroy();
      if ('code' in answer) return refuse(call, answer);
      accept(call, protocol, (opened) => {
        webSocket = opened;
        opened.on('message', (data) => takeChannel(bytesOf(data), answer));
        opened.on('close', () => answer.close());
      });
    },
  });
}

function takeChannel(message: Buffer, input: Input): void {
  if (message[0] === CLOSE && message[1] === STDIN) input.endInput();
  else if (message[0] === STDIN) input.data(message.subarray(1));
}

/** Asks the API server before the connection is upgraded: who may not forward is told so. */
function permitted(call: UpgradeCall, goOn: () => void): void {
  const { entry, request, pacer } = call;
  pacer.do('port-forward', () => {
    try {
      const answer = entry.transport.portForward?.(request, undefined);
      if (answer && 'code' in answer && answer.code >= 400) return refuse(call, answer);
      goOn();
    } catch {
      call.socket.destroy(); // the cluster cannot be reached
    }
  });
}

function tunnel(call: UpgradeCall): (webSocket: WebSocket) => void {
  return (webSocket) => {
    const spdy = forwardingConnection(call, (bytes) => { if (webSocket.readyState === webSocket.OPEN) webSocket.send(bytes); }, () => webSocket.close(1000));
    webSocket.on('message', (data) => spdy.receive(bytesOf(data)));
    webSocket.on('close', () => spdy.close());
  };
}

function forwardOverSpdy(call: UpgradeCall): void {
  permitted(call, () => {
    const { socket } = call;
    switchToSpdy(call, 'portforward.k8s.io');
    const spdy = forwardingConnection(call, (bytes) => void socket.write(bytes), () => socket.end());
    listenTo(call, spdy);
  });
}

/** Pairs of streams, one for data and one for errors, by the request id they name. */
function forwardingConnection(call: UpgradeCall, send: (bytes: Buffer) => void, close: () => void): SpdyConnection {
  const errors = new Map<string, SpdyStream>();
  return new SpdyConnection({
    send, close,
    opened: (stream) => {
      const id = stream.headers.get('requestid') ?? '';
      if (stream.headers.get('streamtype') === 'error') return void errors.set(id, stream);
      const failure = errors.get(id);
      errors.delete(id);
      const forwarded = forwardPort({
        ...call, port: Number(stream.headers.get('port')),
        write: (bytes) => stream.write(bytes), fail: (message) => failure?.write(message), ended: () => { stream.end(); failure?.end(); },
      });
      stream.onData = (bytes) => forwarded.data(Buffer.from(bytes));
      stream.onEnd = () => forwarded.end();
    },
  });
}

/** Two channels a port, data and errors; each begins with the port's number. */
function forwardByChannels(call: UpgradeCall): (webSocket: WebSocket) => void {
  const ports = new URLSearchParams(call.request.path.split('?')[1] ?? '').getAll('ports').flatMap((text) => text.split(',')).map(Number);
  return (webSocket) => {
    const send = (channel: number, bytes: Buffer) => { if (webSocket.readyState === webSocket.OPEN) webSocket.send(Buffer.concat([Buffer.from([channel]), bytes])); };
    const channels: Forwarded[] = ports.map((port, i) => {
      const number = Buffer.from([port & 0xff, port >> 8]);
      send(2 * i, number);
      send(2 * i + 1, number);
      return forwardPort({ ...call, port, write: (bytes) => send(2 * i, bytes), fail: (message) => send(2 * i + 1, Buffer.from(message)), ended: () => webSocket.close(1000) });
    });
    webSocket.on('message', (data) => { const message = bytesOf(data); channels[(message[0] ?? 0) / 2]?.data(message.subarray(1)); });
    webSocket.on('close', () => { for (const channel of channels) channel.end(); });
  };
}

/** exec and attach as older clients speak them. */
function commandOverSpdy(call: UpgradeCall): void {
  const { request, socket } = call;
  const query = new URLSearchParams(request.path.split('?')[1] ?? '');
  const streams = new Map<string, SpdyStream>();
  const expected = ['error', ...['stdin', 'stdout', 'stderr'].filter((name) => query.get(name) === 'true' && !(name === 'stderr' && query.get('tty') === 'true'))];
  const waiting: (() => void)[] = [];
  const isComplete = () => expected.every((name) => streams.has(name));
  const later = (act: () => void) => { if (isComplete()) act(); else waiting.push(act); };
  openRemoteCommand({
    ...call, saysEnd: true,
    carrier: {
      stdout: (text) => later(() => streams.get('stdout')?.write(bytesOfText(text))), stderr: (text) => later(() => streams.get('stderr')?.write(bytesOfText(text))),
      finish: (status) => later(() => {
        streams.get('error')?.write(status);
        for (const stream of streams.values()) stream.end();
      }),
    },
    ready: (answer) => {
      if (answer === undefined) return void socket.destroy();
      if ('code' in answer) return refuse(call, answer);
      switchToSpdy(call, 'v4.channel.k8s.io');
      const spdy = new SpdyConnection({
        send: (bytes) => void socket.write(bytes), close: () => socket.end(),
        opened: (stream) => {
          const name = stream.headers.get('streamtype') ?? '';
          streams.set(name, stream);
          if (name === 'stdin') { stream.onData = (bytes) => answer.data(Buffer.from(bytes)); stream.onEnd = () => answer.endInput(); }
          if (isComplete()) for (const act of waiting.splice(0)) act();
        },
      });
      listenTo(call, spdy);
      socket.on('close', () => answer.close());
    },
  });
}

function switchToSpdy({ socket }: UpgradeCall, protocol: string): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
}

function listenTo({ socket, head }: UpgradeCall, spdy: SpdyConnection): void {
  if (head.length > 0) spdy.receive(head);
  socket.on('data', (bytes: Buffer) => spdy.receive(bytes));
  socket.on('end', () => spdy.close());
  socket.on('close', () => spdy.close());
}
