import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../../src/cluster/api/decode.ts';
import { microTimestamp, timestamp } from '../../../../src/cluster/api/duration.ts';
import { DEFAULT_GATES } from '../../../../src/cluster/api/feature-gates.ts';
import type { Kind } from '../../../../src/cluster/api/kind.ts';
import { allKinds } from '../../../../src/cluster/api/kinds/index.ts';
import type { KubeObject } from '../../../../src/cluster/api/types.ts';

const shared = join(import.meta.dirname, '../../../../../shared');
const nowMs = Date.UTC(2026, 0, 1);
const read = (path: string) => JSON.parse(readFileSync(`${shared}/${path}`, 'utf8'));

/** Samples give times as `@-60`: a minute before now. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTimes(item)]));
  const [, micro, seconds] = typeof value === 'string' ? (/^@(µ?)(-?\d+)$/.exec(value) ?? []) : [];
  if (seconds === undefined) return value;
  const ms = nowMs + Number(seconds) * 1000;
  return micro ? microTimestamp(ms) : timestamp(ms);
}

function cellsOf(kind: Kind, object: KubeObject): string[] {
  return (kind.columns ?? []).map((column) => printed(column.cell(object, { nowMs })));
}

/** A cell as kubectl prints it: the golden rows are text. */
function printed(cell: unknown): string {
  return cell === true ? 'true' : cell === false ? 'false' : String(cell);
}

function kindOf({ apiVersion, kind }: KubeObject): Kind | undefined {
  return allKinds.find((each) => each.kind === kind && `${each.group ? `${each.group}/` : ''}${each.version}` === apiVersion);
}

describe.skipIf(!existsSync(`${shared}/facts/kubectl-golden/get.json`))('rows that the real printers gave', () => {
  const golden: { rows: { kind: string; name: string; cells: unknown[] }[] } = existsSync(shared) ? read('facts/kubectl-golden/get.json') : { rows: [] };
  const samples: KubeObject[] = existsSync(shared) ? read('facts/kubectl-golden/samples.json').map(withTimes) : [];
  const rows = golden.rows.flatMap((row) => {
    const sample = samples.find((each) => each.kind === row.kind && each.metadata.name === row.name);
    const kind = sample && kindOf(sample);
    return sample && kind?.columns ? [{ ...row, sample, printer: kind }] : [];
  });
  test.each(rows)('$kind $name', ({ sample, printer, cells }) => {
    const complete = (printer.defaults?.({ ...sample, status: sample.status ?? {} }) ?? sample);
    expect(cellsOf(printer, complete)).toEqual(cells.map(printed));
  });
});

interface Table { columnDefinitions: { name: string; type: string; format: string; priority: number }[]; rows: { cells: unknown[]; object: { metadata: { name: string; namespace?: string } } }[] }

describe.skipIf(!existsSync(`${shared}/conformance/api`))('tables that the real API server gave', () => {
  const tables = ['pods', 'nodes', 'services', 'endpoints', 'configmaps', 'secrets', 'namespaces', 'events', 'serviceaccounts', 'deployments', 'replicasets', 'daemonsets', 'statefulsets', 'controllerrevisions', 'rolebindings', 'clusterrolebindings', 'endpointslices', 'priorityclasses', 'leases',
    'jobs', 'cronjobs', 'pv', 'pvc', 'resourcequotas', 'networkpolicies', 'ingresses', 'ingressclasses', 'pdb', 'hpa', 'storageclasses', 'csr'];
  test.each(tables.filter((name) => existsSync(`${shared}/conformance/api/table-${name}.json`)))('%s', (name) => {
    const table: Table = read(`conformance/api/table-${name}.json`);
    const list: { items: KubeObject[]; apiVersion: string; kind: string } = read(`conformance/api/list-${name}.json`);
    const kind = kindOf({ ...list.items[0]!, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') });
    if (!kind) return;
    expect(kind.columns?.map(({ name: title, type = 'string', format = '', priority = 0 }) => ({ name: title, type, format, priority })))
      .toEqual(table.columnDefinitions.map(({ name: title, type, format, priority }) => ({ name: title, type, format, priority })));
    const ages = kind.columns!.map((column) => /^(Age|Last Seen|First Seen|Last Schedule|Duration|Restarts)$/.test(column.name));
    for (const item of list.items) {
      const row = table.rows.find(({ object: { metadata } }) => metadata.name === item.metadata.name && metadata.namespace === item.metadata.namespace);
      if (!row) continue;
      const without = (cells: unknown[]) => cells.filter((_, index) => !ages[index]);
      expect(without(kind.columns!.map((column) => column.cell(item, { nowMs })))).toEqual(without(row.cells));
    }
  });

  test.each(tables)('what was stored of %s is complete: defaults add nothing', (name) => {
    const list: { items: KubeObject[]; apiVersion: string; kind: string } = read(`conformance/api/list-${name}.json`);
    const kind = kindOf({ ...list.items[0]!, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') });
    if (!kind) return;
    for (const item of list.items) {
      const stored = { ...item, apiVersion: list.apiVersion, kind: kind.kind };
      const decoded = decode(kind.type ?? kind.kind, stored);
      expect([decoded.unknown, decoded.typeErrors]).toEqual([[], []]);
      // Slices without endpoints are stored with null, which components would stumble over.
      if (kind.kind !== 'EndpointSlice') expect(decoded.value).toEqual(stored);
      if (kind.kind !== 'EndpointSlice') expect(kind.defaults?.(decoded.value as unknown as KubeObject) ?? decoded.value).toEqual(decoded.value);
      expect(kind.validate?.(stored, undefined, DEFAULT_GATES) ?? []).toEqual([]);
      expect(kind.validate?.(stored, structuredClone(stored), DEFAULT_GATES) ?? []).toEqual([]);
    }
  });
});
