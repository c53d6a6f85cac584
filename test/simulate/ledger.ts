/** A client that notes what each API server acknowledges, to be held against etcd's log: nothing lost, nothing out of order, nothing half done. */
import type { ApiTransport } from '../../src/cluster/apiserver/request.ts';
import { networkTransport } from '../../src/cluster/client/transport.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { NetworkError } from '../../src/cluster/network/types.ts';
import { certificateFor } from '../../src/cluster/node/control-plane/kubeadm.ts';
import { isUnheard } from './lost-answers.ts';
import type { History, Violation } from './history.ts';

export class Ledger {
  readonly #servers: readonly ApiTransport[];
  readonly #acknowledged: { name: string; revision: number }[] = [];
  readonly #refused: string[] = [];
  #count = 0;

  constructor({ pki, world, workstation, controlPlanes }: Cluster) {
    const { certificate, key } = certificateFor({ random: world.random.fork('ledger'), nowMs: world.clock.now() }, pki.ca, 'ledger', { organizations: ['system:masters'] });
    this.#servers = controlPlanes.map(({ os }) => networkTransport(workstation, `https://${os.address}:6443`, { ca: pki.ca.certificate, certificate, key }));
  }

  get counts(): { acknowledged: number; refused: number } { return { acknowledged: this.#acknowledged.length, refused: this.#refused.length }; }

  /** Asks every API server to write a line. */
  write(): void {
    for (const server of this.#servers) {
      const name = `line-${this.#count++}`;
      try {
        const { code, body } = server.handle({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { line: name } } });
        if (code === 201) this.#acknowledged.push({ name, revision: Number((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion) });
        else this.#refused.push(name);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        if (!isUnheard(error)) this.#refused.push(name);
      }
    }
  }

  violations(history: History): Violation[] {
    const logged = new Map(history.changes.filter(({ after, before }) => after?.kind === 'ConfigMap' && !before).map(({ after, revision }) => [after!.metadata.name, revision]));
    const lost = this.#acknowledged.filter(({ name, revision }) => logged.get(name) !== revision).map(({ name, revision }) => `${name} was acknowledged at revision ${revision}, logged is ${logged.get(name) ?? 'nothing'}`);
    const reordered = this.#acknowledged.filter(({ revision }, i) => revision <= (this.#acknowledged[i - 1]?.revision ?? 0)).map(({ name, revision }) => `${name} was acknowledged at revision ${revision}, after a later one`);
    const done = this.#refused.filter((name) => logged.has(name)).map((name) => `${name} was refused and is there`);
    return [...lost, ...reordered, ...done].map((what) => ({ rule: 'what is acknowledged is written, what is refused is not', what }));
  }
}
