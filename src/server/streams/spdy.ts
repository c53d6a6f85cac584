/** SPDY/3.1 as far as exec and port-forward need it: streams that a client opens, data both ways, half-closes and resets. */
import { constants, createInflate, type Inflate } from 'node:zlib';

/** Words that headers are compressed against, as the SPDY/3 draft lists them. */
const WORDS = 'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const TAIL = '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';
const DICTIONARY = Buffer.concat([...WORDS.split(' ').map((word) => sized(word.replace('_', ' '))), Buffer.from(TAIL)]);

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
/** An empty block: what a decompressor waits for before it gives what it has. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);
const FRAME_MAX = 1 << 20;
const STREAMS_MAX = 512;
/** Largest piece of data in one frame. */
const DATA_MAX = 32 * 1024;

export interface SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  onData: (data: Buffer) => void;
  /** The client sends no more. */
  onEnd: () => void;
  write(data: Buffer | string): void;
  /** We send no more. */
  end(): void;
}

export class SpdyConnection {
  readonly #send: (bytes: Buffer) => void;
  readonly #opened: (stream: SpdyStream) => void;
  readonly #close: () => void;
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  readonly #streams = new Map<number, SpdyStream>();
  readonly #plain: Buffer[] = [];
  #pending = Buffer.alloc(0);
  #work: Promise<void> = Promise.resolve();
  #hasSentHeaders = false;
  #isClosed = false;

  constructor({ send, opened, close }: { send: (bytes: Buffer) => void; opened: (stream: SpdyStream) => void; close: () => void }) {
    this.#send = send;
    this.#opened = opened;
    this.#close = close;
    this.#inflate.on('data', (part: Buffer) => void this.#plain.push(part));
    this.#inflate.on('error', () => this.close());
  }

  /** Takes in what the client has sent; frames are worked on one after the other. */
  receive(bytes: Buffer): void {
    this.#work = this.#work.then(async () => {
      this.#pending = Buffer.concat([this.#pending, bytes]);
      while (!this.#isClosed && this.#pending.length >= 8) {
        const length = this.#pending.readUIntBE(5, 3);
        if (length > FRAME_MAX) return this.close();
        if (this.#pending.length < 8 + length) return;
        const frame = this.#pending.subarray(0, 8 + length);
        this.#pending = this.#pending.subarray(8 + length);
        await this.#frame(frame);
      }
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inflate.close();
    for (const stream of this.#streams.values()) stream.onEnd();
    this.#streams.clear();
    this.#close();
  }

  async #frame(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const flags = frame[4]!;
    const body = frame.subarray(8);
    if (first < 0x8000_0000) {
      const stream = this.#streams.get(first);
      if (body.length > 0) {
        stream?.onData(body);
        this.#grant(0, body.length);
        this.#grant(first, body.length);
      }
      if (flags & FIN) stream?.onEnd();
      return;
    }
    const type = first & 0xffff;
    if (type === SYN_STREAM) return this.#open(body, flags);
    if (type === RST_STREAM) { this.#streams.get(body.readUInt32BE(0))?.onEnd(); this.#streams.delete(body.readUInt32BE(0)); }
    if (type === PING) this.#control(PING, body);
    if (type === GOAWAY) this.close();
  }

  async #open(body: Buffer, flags: number): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fff_ffff;
    const headers = headersIn(await this.#inflated(body.subarray(10)));
    if (this.#streams.size >= STREAMS_MAX) return this.#control(RST_STREAM, Buffer.concat([uint32(id), uint32(3)]));
    let hasEnded = false;
    const stream: SpdyStream = {
      id, headers, onData: () => undefined, onEnd: () => undefined,
      write: (data) => {
        const bytes = Buffer.from(data);
        for (let at = 0; at < bytes.length; at += DATA_MAX) if (!hasEnded) this.#data(id, bytes.subarray(at, at + DATA_MAX), 0);
      },
      end: () => {
        if (hasEnded) return;
        hasEnded = true;
        this.#data(id, Buffer.alloc(0), FIN);
      },
    };
    this.#streams.set(id, stream);
    this.#control(SYN_REPLY, Buffer.concat([uint32(id), this.#stored(uint32(0))]));
    this.#opened(stream);
    if (flags & FIN) stream.onEnd();
  }

  /** What a block of the one compressed stream of headers holds. */
  #inflated(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#inflate.write(block, () => setImmediate(() => resolve(Buffer.concat(this.#plain.splice(0)))));
    });
  }

  /** Header blocks of ours are one zlib stream of blocks that are not compressed. */
  #stored(bytes: Buffer): Buffer {
    const head = this.#hasSentHeaders ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.#hasSentHeaders = true;
    const sizes = Buffer.alloc(4);
    sizes.writeUInt16LE(bytes.length, 0);
    sizes.writeUInt16LE(bytes.length ^ 0xffff, 2);
    return Buffer.concat([head, Buffer.from([0]), sizes, bytes, FLUSH]);
  }

  #grant(id: number, size: number): void {
    if (id > 0) this.#control(9, Buffer.concat([uint32(id), uint32(size)]));
  }

  #control(type: number, body: Buffer): void {
    if (!this.#isClosed) this.#send(Buffer.concat([uint32((0x8003_0000 | type) >>> 0), uint32(body.length), body]));
  }

  #data(id: number, body: Buffer, flags: number): void {
    if (!this.#isClosed) this.#send(Buffer.concat([uint32(id), uint32(((flags << 24) | body.length) >>> 0), body]));
  }
}

function headersIn(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const text = () => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.subarray(at - length, at).toString('utf8');
  };
  const count = block.length >= 4 ? block.readUInt32BE(0) : 0;
  at = 4;
  for (let i = 0; i < count && at + 4 <= block.length; i++) headers.set(text().toLowerCase(), text());
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function sized(word: string): Buffer {
  return Buffer.concat([uint32(word.length), Buffer.from(word)]);
}
