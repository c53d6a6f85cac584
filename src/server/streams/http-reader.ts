/** HTTP/1.1 from bytes to a modelled server and back: what a browser or curl says through a forwarded port. */
import { STATUS_CODES } from 'node:http';
import { bytesOfText, textOfBytes } from '../../cluster/node/byte-text.ts';
import type { HttpRequest, HttpResponse } from '../../cluster/network/types.ts';

const HEAD_MAX = 64 * 1024;

export class HttpReader {
  readonly #serve: (request: HttpRequest) => HttpResponse;
  readonly #write: (bytes: Buffer) => void;
  readonly #end: () => void;
  #pending = Buffer.alloc(0);

  constructor(serve: (request: HttpRequest) => HttpResponse, write: (bytes: Buffer) => void, end: () => void) {
    this.#serve = serve;
    this.#write = write;
    this.#end = end;
  }

  receive(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const headEnd = this.#pending.indexOf('\r\n\r\n');
      if (headEnd < 0) return this.#pending.length > HEAD_MAX ? this.#refuse() : undefined;
      const [line = '', ...fields] = this.#pending.subarray(0, headEnd).toString('latin1').split('\r\n');
      const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line) ?? [];
      if (!method || !path) return this.#refuse();
      const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(':')).trim().toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
      const size = Number(headers['content-length'] ?? 0);
      const bodyEnd = headEnd + 4 + size;
      if (this.#pending.length < bodyEnd) return;
      const body = textOfBytes(this.#pending.subarray(headEnd + 4, bodyEnd));
      this.#pending = this.#pending.subarray(bodyEnd);
      const answer = this.#serve({ method, path, headers, ...(size > 0 ? { body } : {}) });
      const isLast = headers['connection']?.toLowerCase() === 'close' || line.endsWith('1.0');
      this.#write(responseBytes(answer, method === 'HEAD', isLast));
      if (isLast) return this.#end();
    }
  }

  #refuse(): void {
    this.#write(responseBytes({ status: 400, body: 'Bad Request\n' }, false, true));
    this.#end();
  }
}

function responseBytes({ status, headers = {}, body }: HttpResponse, isHead: boolean, isLast: boolean): Buffer {
  const bytes = bytesOfText(body);
  const own = Object.entries(headers).filter(([name]) => !/^(content-length|connection|transfer-encoding)$/i.test(name)).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${own}Content-Length: ${bytes.length}\r\n${isLast ? 'Connection: close\r\n' : ''}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), ...(isHead ? [] : [bytes])]);
}
