/** What `-v=N` prints to standard error: klog lines about configuration and requests. */
import type { Clock } from '../time/clock.ts';

const PROCESS_ID = 12345;

/** A response or request as the log shows it. */
export interface LoggedRequest { verb: string; url: string; headers: readonly [string, string][]; body: string }
export interface LoggedResponse { status: number; headers: readonly [string, string][]; body: string; milliseconds: number }

export class Log {
  readonly #clock: Clock;
  readonly #write: (text: string) => void;

  constructor(readonly verbosity: number, clock: Clock, write: (text: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** A line of severity I, W, E or F, as `I1123 17:06:19.000000   12345 loader.go:407] …`. */
  line(severity: 'I' | 'W' | 'E' | 'F', place: string, text: string): void {
    const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(this.#clock.now()).toISOString())!;
    const micros = String(Math.floor((this.#clock.now() % 1000) * 1000)).padStart(6, '0');
    this.#write(`${severity}${month}${day} ${time}.${micros} ${String(PROCESS_ID).padStart(7)} ${place}] ${text}\n`);
  }

  info(level: number, place: string, text: string): void {
    if (this.verbosity >= level) this.line('I', place, text);
  }

  request(request: LoggedRequest): void {
    if (this.verbosity >= 9) this.info(9, 'round_trippers.go:485', `"Request" curlCommand=${quoted(curl(request))}`);
    else this.info(7, 'round_trippers.go:527', `"Request" verb="${request.verb}" url="${request.url}" headers=${block(request.headers)}`);
    if (request.body) this.info(8, 'type.go:165', `"Request Body" body=${quoted(this.#cut(request.body))}`);
  }

  response(request: LoggedRequest, response: LoggedResponse): void {
    const status = `status="${response.status} ${STATUS_TEXT[response.status] ?? ''}"`;
    if (this.verbosity === 6) return this.info(6, 'round_trippers.go:632', `"Response" verb="${request.verb}" url="${request.url}" ${status} milliseconds=${response.milliseconds}`);
    const headers = this.verbosity >= 8 ? ` headers=${block(response.headers)}` : '';
    const subject = this.verbosity >= 9 ? ` verb="${request.verb}" url="${request.url}"` : '';
    this.info(7, 'round_trippers.go:632', `"Response"${subject} ${status}${headers} milliseconds=${response.milliseconds}`);
    this.info(8, 'helper.go:246', `"Response Body" body=${quoted(this.#cut(response.body))}`);
  }

  /** Bodies are shown whole only from level 10 on, and to 10 KiB at 9. */
  #cut(body: string): string {
    const max = this.verbosity >= 10 ? Infinity : this.verbosity === 9 ? 10_240 : 1024;
    return body.length <= max ? body : `${body.slice(0, max)} [truncated ${body.length - max} chars]`;
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  101: 'Switching Protocols', 200: 'OK', 201: 'Created', 202: 'Accepted', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 406: 'Not Acceptable', 409: 'Conflict', 410: 'Gone', 415: 'Unsupported Media Type', 422: 'Unprocessable Entity',
  429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable', 504: 'Gateway Timeout',
};

function block(headers: readonly [string, string][]): string {
  return `<\n${headers.map(([name, value]) => `\t${name}: ${value}\n`).join('')} >`;
}

function quoted(text: string): string {
  return text.includes('\n') ? `<\n${text.split('\n').map((line) => `\t${line}\n`).join('')} >` : JSON.stringify(text);
}

function curl({ verb, url, headers }: LoggedRequest): string {
  return `curl -v -X${verb} ${headers.map(([name, value]) => ` -H "${name}: ${value}"`).join('')} '${url}'`;
}
