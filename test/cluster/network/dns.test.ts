import { expect, test } from 'vitest';
import type { RecordType } from '../../../src/cluster/network/types.ts';
import type { EndpointSlice, KubeObject, Service } from '../../../src/cluster/api/types.ts';
import type { Informer } from '../../../src/cluster/client/types.ts';
import { clusterRecords, reverseRecords } from '../../../src/cluster/network/cluster-records.ts';
import { CorefileError, parseCorefile } from '../../../src/cluster/network/corefile.ts';
import { rewritten } from '../../../src/cluster/network/dns.ts';

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`;

test('kubeadm\'s Corefile is understood', () => {
  expect(parseCorefile(COREFILE, '/etc/coredns/Corefile')).toMatchObject({
    port: 53, kubernetes: { zones: ['cluster.local'], pods: 'insecure' }, forwards: [{ zone: '', to: ['/etc/resolv.conf'] }],
    healthPort: 8080, readyPort: 8181, metricsPort: 9153, lameduckMs: 5000, logsQueries: false, reloads: true, detectsLoops: true,
  });
});

test('hosts, rewrites and stub domains are understood', () => {
  const extra = 'hosts {\n 203.0.113.5 db.example.com db2.example.com # old\n fallthrough\n }\n rewrite name shop.example.com web.shop.svc.cluster.local\n rewrite continue name suffix .old .new\n log\n}\ncorp.example:53 {\n forward . 10.1.0.53\n}\n';
  const read = parseCorefile(COREFILE.replace(/\}\n$/, extra), 'Corefile');
  expect([...read.hosts!.names]).toEqual([['db.example.com', '203.0.113.5'], ['db2.example.com', '203.0.113.5']]);
  expect(read.rewrites).toEqual([{ kind: 'exact', from: 'shop.example.com', to: 'web.shop.svc.cluster.local', continues: false }, { kind: 'suffix', from: '.old', to: '.new', continues: true }]);
  expect(read.logsQueries).toBe(true);
});

test.each([
  ['old.example', 'web.shop.svc.cluster.local'],
  ['web.shop.svc.cluster.local', 'old.example'],
  ['a.first.example', 'a.third.example'],
  ['my-beta-shop.example', 'my-shop.example'],
  ['shop-eu.regional.example', 'eu.shop.regional.svc.cluster.local'],
  ['a.block.example', 'a.blocked.example'],
  ['other.example', 'other.example'],
])('%s is passed on as %s', (asked, wanted) => {
  const rules = ['continue name suffix .first.example .second.example', 'name exact old.example web.shop.svc.cluster.local', 'name exact web.shop.svc.cluster.local old.example', 'stop name suffix .second.example .third.example', 'name substring -beta- -', 'name regex ^(.*)-(eu|us)\\.regional\\.example\\.$ {2}.{1}.regional.svc.cluster.local', 'stop {\n name regex (.*)\\.block\\.example {1}.blocked.example\n}'];
  const { rewrites } = parseCorefile(`.:53 {\n${rules.map((rule) => `rewrite ${rule}\n`).join('')}}\n`, 'Corefile');
  expect(rewritten(asked, rewrites)).toBe(wanted);
});

test.each([
  ['an unknown directive', COREFILE.replace('kubernetes cluster', 'kubernets cluster'), "/c:7 - Error during parsing: Unknown directive 'kubernets'"],
  ['an unknown property', COREFILE.replace('ttl 30', 'tll 30'), "plugin/kubernetes: /c:10 - Error during parsing: unknown property 'tll'"],
  ['a brace that is missing', COREFILE.replace(/\}\n$/, ''), '/c:17 - Error during parsing: Unexpected EOF'],
  ['a brace too many', `${COREFILE}}\n`, "/c:19 - Error during parsing: Unexpected '}' because no matching opening brace"],
  ['a forward without a target', COREFILE.replace('forward . /etc/resolv.conf', 'forward .'), "plugin/forward: /c:13 - Error during parsing: Wrong argument count or unexpected line ending after '.'"],
  ['nothing at all', '', '/c:1 - Error during parsing: no server blocks'],
])('CoreDNS refuses %s', (_, text, wanted) => {
  expect(() => parseCorefile(text, '/c')).toThrow(new CorefileError(wanted));
});

function informer<T extends KubeObject>(objects: T[], index: (object: T) => string): Informer<T> {
  return { get: (key) => objects.find((o) => index(o) === key), list: () => objects, byIndex: (_, value) => objects.filter((o) => index(o) === value), indexBy: () => undefined, onChange: () => undefined, hasSynced: true, start: () => undefined, stop: () => undefined };
}

const meta = (name: string) => ({ name, namespace: 'shop', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const service = (name: string, spec: Service['spec']): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec, status: {} });
const slice = (name: string, endpoints: EndpointSlice['endpoints']): EndpointSlice => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: meta(name), addressType: 'IPv4', endpoints, ports: [] });

const objects = {
  services: informer([service('web', { clusterIP: '10.96.0.20', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }), service('db', { clusterIP: 'None', ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }] }), service('bank', { type: 'ExternalName', externalName: 'bank.example.com' })], (o) => `shop/${o.metadata.name}`),
  slices: informer([
    slice('web', [{ addresses: ['10.244.1.9'] }]),
    slice('db', [{ addresses: ['10.244.1.3'], hostname: 'db-1', conditions: { ready: true } }, { addresses: ['10.244.1.2'], hostname: 'db-0' }, { addresses: ['10.244.1.4'], hostname: 'db-2', conditions: { ready: false } }]),
  ], (o) => `shop/${o.metadata.name}`),
};

const ask = (name: string, type: RecordType = 'A', pods: 'insecure' | 'disabled' = 'insecure') => clusterRecords({ name: `${name}.cluster.local`, zone: 'cluster.local', type }, objects, pods).map(({ data }) => data);

test.each<[string, readonly string[]]>([
  ['web.shop.svc', ['10.96.0.20']],
  ['web.default.svc', []],
  ['web.shop', []],
  ['shop.svc', []],
  ['10-244-1-9.web.shop.svc', ['10.244.1.9']],
  ['db.shop.svc', ['10.244.1.2', '10.244.1.3']],
  ['db-0.db.shop.svc', ['10.244.1.2']],
  ['db-2.db.shop.svc', []],
  ['a.db-0.db.shop.svc', []],
  ['bank.shop.svc', ['bank.example.com.']],
  ['10-244-7-1.shop.pod', ['10.244.7.1']],
  ['nonsense.shop.pod', []],
])('%s.cluster.local', (name, wanted) => {
  expect(ask(name)).toEqual(wanted);
});

test('addresses of Pods have no names where Pods are disabled', () => {
  expect(ask('10-244-7-1.shop.pod', 'A', 'disabled')).toEqual([]);
});

test('a named port of a Service is an SRV record, of a headless one a record for each endpoint', () => {
  expect(ask('_http._tcp.web.shop.svc', 'SRV')).toEqual(['0 100 80 web.shop.svc.cluster.local.']);
  expect(ask('_pg._tcp.db.shop.svc', 'SRV')).toEqual(['0 50 5432 db-0.db.shop.svc.cluster.local.', '0 50 5432 db-1.db.shop.svc.cluster.local.']);
  expect(ask('_http._udp.web.shop.svc', 'SRV')).toEqual([]);
  expect(reverseRecords('20.0.96.10.in-addr.arpa', 'cluster.local', objects)).toEqual([{ name: '20.0.96.10.in-addr.arpa', type: 'PTR', data: 'web.shop.svc.cluster.local.' }]);
});
