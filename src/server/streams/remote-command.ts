/** exec and attach: the streams of a container's process, whatever carries them. */
import type { ApiRequest, ApiResponse, OpenStream, StreamSink } from '../../cluster/apiserver/request.ts';
import { isResponse } from '../../cluster/apiserver/request.ts';
import type { Entry } from '../identities.ts';
import type { Pacer } from '../real-time.ts';
import { textOfBytes } from '../../cluster/node/byte-text.ts';
import { lineDiscipline, onTerminal } from './terminal.ts';

/** The client's side of the streams. */
export interface Carrier {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A Status as JSON, then the end. */
  finish(status: string): void;
}

/** What the client does; `endInput` may never come where the protocol cannot say it. */
export interface Input { data(bytes: Buffer): void; endInput(): void; close(): void }

/** Input without an end is taken as a whole after this silence. */
const INPUT_PAUSE_MS = 100;

/** Opens exec or attach as a step of the simulated world; `ready` gets the client's side, or the refusal. */
export function openRemoteCommand({ request, entry, pacer, carrier, saysEnd, ready }: { request: ApiRequest; entry: Entry; pacer: Pacer; carrier: Carrier; /** Whether the protocol tells the end of input. */ saysEnd: boolean; ready: (answer: Input | ApiResponse | undefined) => void }): void {
  const query = new URLSearchParams(request.path.split('?')[1] ?? '');
  const isTerminal = query.get('tty') === 'true';
  const waiting: (() => void)[] = [];
  let isReady = false;
  const later = (act: () => void) => { if (isReady) act(); else waiting.push(act); };
  const shown = isTerminal ? onTerminal : (text: string) => text;
  const sink: StreamSink = {
    stdout: (text) => later(() => carrier.stdout(shown(text))),
    stderr: (text) => later(() => (isTerminal ? carrier.stdout(shown(text)) : carrier.stderr(text))),
    closed: (exit) => later(() => carrier.finish(JSON.stringify(statusOf(exit)))),
  };
  pacer.do('exec', () => {
    let answer: OpenStream | ApiResponse;
    try {
      answer = entry.transport.connect(request, sink);
    } catch {
      return ready(undefined); // the cluster cannot be reached
    }
    if (isResponse(answer)) return ready(answer);
    ready(inputTo(answer, pacer, { isTerminal, saysEnd, echo: (text) => carrier.stdout(text) }));
    isReady = true;
    for (const act of waiting.splice(0)) act();
  });
}

function inputTo(stream: OpenStream, pacer: Pacer, { isTerminal, saysEnd, echo }: { isTerminal: boolean; saysEnd: boolean; echo: (text: string) => void }): Input {
  const send = (text: string) => pacer.do('input', () => stream.send?.(text));
  const endInput = () => pacer.do('end of input', () => stream.endInput?.());
  const close = () => pacer.do('hang up', () => stream.close());
  if (isTerminal) {
    const keys = lineDiscipline({ echo, send, end: endInput });
    return { data: (bytes) => keys(bytes.toString('utf8')), endInput, close };
  }
  let kept: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => { if (kept.length > 0) send(textOfBytes(Buffer.concat(kept))); kept = []; };
  return {
    data(bytes) {
      kept.push(bytes);
      if (saysEnd) return;
      clearTimeout(timer);
      timer = setTimeout(flush, INPUT_PAUSE_MS);
    },
    endInput() { clearTimeout(timer); flush(); endInput(); },
    close() { clearTimeout(timer); close(); },
  };
}

/** How the end of a process is told: as the kubelet's Status. */
function statusOf(exit: number | undefined): object {
  if (exit === 0) return { metadata: {}, status: 'Success' };
  if (exit === undefined) return { metadata: {}, status: 'Failure', message: 'the stream was cut', reason: 'InternalError', code: 500 };
  return { metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: exit status ${exit}`, reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: String(exit) }] } };
}
