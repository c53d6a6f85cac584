/** What a program counts of itself, as Prometheus reads it. */
import type { ApiTransport } from '../apiserver/request.ts';

type Kind = 'counter' | 'gauge';

export class Counters {
  readonly #families = new Map<string, { kind: Kind; series: Map<string, number | (() => number)> }>();

  /** One more. */
  add(name: string, labels = ''): void {
    const { series } = this.#family(name, 'counter');
    const before = series.get(labels);
    series.set(labels, (typeof before === 'number' ? before : 0) + 1);
  }

  /** A value that is asked for when somebody reads. */
  watch(name: string, kind: Kind, labels: string, value: () => number): void { this.#family(name, kind).series.set(labels, value); }

  /** The exposition text. */
  text(): string {
    const line = (name: string, labels: string, value: number | (() => number)) => `${name}${labels && `{${labels}}`} ${typeof value === 'number' ? value : value()}\n`;
    return [...this.#families].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { kind, series }]) => `# TYPE ${name} ${kind}\n${[...series].map(([labels, value]) => line(name, labels, value)).join('')}`).join('');
  }

  #family(name: string, kind: Kind) {
    const found = this.#families.get(name) ?? { kind, series: new Map<string, number | (() => number)>() };
    this.#families.set(name, found);
    return found;
  }
}

/** A transport whose requests are counted, as client-go does. */
export function counted(transport: ApiTransport, counters: Counters): ApiTransport {
  const host = transport.server.replace(/^https?:\/\//, '');
  const count = (method: string, code: number | string) => counters.add('rest_client_requests_total', `code="${code}",host="${host}",method="${method}"`);
  const noted = <T extends object>(method: string, ask: () => T): T => {
    try {
      const answer = ask();
      count(method, 'code' in answer && typeof answer.code === 'number' ? answer.code : 200);
      return answer;
    } catch (error) {
      count(method, '<error>');
      throw error;
    }
  };
  return {
    server: transport.server, handle: (request) => noted(request.method, () => transport.handle(request)),
    watch: (request, sink) => noted(request.method, () => transport.watch(request, sink)), connect: (request, sink) => noted(request.method, () => transport.connect(request, sink)),
  };
}
