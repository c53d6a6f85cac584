import { expect, test } from 'vitest';
import { ClusterNetwork } from '../../../src/cluster/network/network.ts';
import { NetworkError, type NetworkStack } from '../../../src/cluster/network/types.ts';
import { createAuthority, issueCertificate } from '../../../src/cluster/pki/certificate.ts';
import { Random } from '../../../src/time/random.ts';
import { Simulation } from '../../../src/time/simulation.ts';

const startMs = Date.UTC(2026, 0, 1);
const yearMs = 365 * 24 * 3_600_000;

function twoNodes() {
  const world = new Simulation({ seed: 1, startMs });
  const network = new ClusterNetwork(world);
  const one = network.nodeStack('worker-1', '10.0.0.1');
  const two = network.nodeStack('worker-2', '10.0.0.2');
  const web = network.podStack('worker-1', '10.244.1.2');
  const client = network.podStack('worker-2', '10.244.2.2');
  return { world, network, one, two, web, client };
}

const page = (body: string) => ({ http: () => ({ status: 200, body }) });

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof NetworkError) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'no failure';
}

test('a Pod reaches another by its address, and sees who asked', () => {
  const { web, client } = twoNodes();
  web.listen('0.0.0.0', 80, { http: (request, peer) => ({ status: 200, body: `${request.path} for ${peer.address}` }) });
  expect(client.fetch('http://10.244.1.2/hello?x=1').body).toBe('/hello?x=1 for 10.244.2.2');
});

test('a Pod sees its own machine at the first address of the Pod range, another machine at its own address', () => {
  const { one, two, web } = twoNodes();
  web.listen('0.0.0.0', 80, { http: (_, peer) => ({ status: 200, body: peer.address }) });
  one.listen('0.0.0.0', 10250, { http: (_, peer) => ({ status: 200, body: peer.address }) });
  expect([one.fetch('http://10.244.1.2/').body, two.fetch('http://10.244.1.2/').body, web.fetch('http://127.0.0.1/').body]).toEqual(['10.244.1.1', '10.0.0.2', '127.0.0.1']);
  expect([one.fetch('http://10.0.0.1:10250/').body, one.fetch('http://127.0.0.1:10250/').body]).toEqual(['10.0.0.1', '127.0.0.1']);
});

test('a port on which nothing listens refuses, an address that nobody has times out', () => {
  const { client } = twoNodes();
  expect(failure(() => client.connect('10.244.1.2', 80))).toBe('refused: dial tcp 10.244.1.2:80: connect: connection refused');
  expect(failure(() => client.connect('10.244.9.9', 80))).toBe('timeout: dial tcp 10.244.9.9:80: i/o timeout');
  expect(failure(() => client.connect('nowhere', 80))).toBe('no such host: dial tcp: lookup nowhere: no such host');
});

test('localhost belongs to the network namespace: the node and its Pods do not see each other there', () => {
  const { one, web } = twoNodes();
  one.listen('127.0.0.1', 10248, page('kubelet'));
  web.listen('127.0.0.1', 10248, page('pod'));
  expect(one.fetch('http://localhost:10248/').body).toBe('kubelet');
  expect(web.fetch('http://127.0.0.1:10248/').body).toBe('pod');
});

test('a port is bound once, and free again after its listener has closed', () => {
  const { one } = twoNodes();
  const first = one.listen('0.0.0.0', 6443, page('first'));
  expect(failure(() => one.listen('10.0.0.1', 6443, page('second')))).toBe('port in use: listen tcp 10.0.0.1:6443: bind: address already in use');
  first.close();
  one.listen('10.0.0.1', 6443, page('second'));
  expect(failure(() => one.listen('192.0.2.1', 6443, page('third')))).toContain('cannot assign requested address');
});

test('cutting a node breaks its connections to others, not those inside it', () => {
  const { network, web, client, one } = twoNodes();
  web.listen('0.0.0.0', 80, page('web'));
  const across = client.connect('10.244.1.2', 80);
  const inside = one.connect('10.244.1.2', 80);
  let closed = 0;
  across.onClose(() => { closed++; });
  network.setCut('worker-1', true);
  expect([across.isOpen, inside.isOpen, closed]).toEqual([false, true, 1]);
  expect(failure(() => client.connect('10.244.1.2', 80))).toBe('timeout: dial tcp 10.244.1.2:80: i/o timeout');
  expect(failure(() => web.connect('10.0.0.2', 22))).toBe('unreachable: dial tcp 10.0.0.2:22: connect: network is unreachable');
  network.setCut('worker-1', false);
  expect(client.connect('10.244.1.2', 80).isOpen).toBe(true);
});

test('cutting the node where a Pod runs also breaks what that Pod has open elsewhere', () => {
  const { network, web, client } = twoNodes();
  client.listen('0.0.0.0', 80, page('client'));
  const across = web.connect('10.244.2.2', 80);
  network.setCut('worker-1', true);
  expect(across.isOpen).toBe(false);
});

test('a Pod that goes takes its listeners and connections with it', () => {
  const { network, web, client } = twoNodes();
  web.listen('0.0.0.0', 80, page('web'));
  const connection = client.connect('10.244.1.2', 80);
  network.removePod('10.244.1.2');
  expect(connection.isOpen).toBe(false);
  expect(failure(() => client.connect('10.244.1.2', 80))).toContain('i/o timeout');
});

test('a Service address goes where the rules of the node it starts on say', () => {
  const { network, web, client, two } = twoNodes();
  web.listen('0.0.0.0', 8080, page('web'));
  network.setRules('worker-2', {
    toService: (address, port) => (address === '10.96.0.20' ? (port === 80 ? { address: '10.244.1.2', port: 8080 } : 'reject') : undefined),
    toNodePort: (port) => (port === 30080 ? { address: '10.244.1.2', port: 8080 } : undefined),
  });
  expect(client.fetch('http://10.96.0.20/').body).toBe('web');
  expect(failure(() => client.connect('10.96.0.20', 81))).toBe('refused: dial tcp 10.96.0.20:81: connect: connection refused');
  expect(failure(() => web.connect('10.96.0.20', 80))).toContain('i/o timeout');
  expect(web.fetch('http://10.0.0.2:30080/').body).toBe('web');
  expect(two.fetch('http://localhost:30080/').body).toBe('web');
});

test('a load balancer outside the cluster leads to a node, and its node port to a Pod', () => {
  const { network, web } = twoNodes();
  web.listen('0.0.0.0', 8080, page('web'));
  network.setRules('worker-1', { toService: () => undefined, toNodePort: (port) => (port === 30080 ? { address: '10.244.1.2', port: 8080 } : undefined) });
  network.loadBalancers.set('203.0.113.10', (port) => (port === 80 ? { address: '10.0.0.1', port: 30080 } : 'reject'));
  const customer = network.outsideStack('customer', '198.51.100.1');
  expect(customer.fetch('http://203.0.113.10/').body).toBe('web');
});

test('a policy that drops looks like a timeout', () => {
  const { network, web, client } = twoNodes();
  web.listen('0.0.0.0', 80, page('web'));
  network.setPolicies('worker-1', { mayLeave: () => true, mayEnter: ({ from }) => from !== '10.244.2.2' });
  expect(failure(() => client.connect('10.244.1.2', 80))).toBe('timeout: dial tcp 10.244.1.2:80: i/o timeout');
});

test('names in a Pod go through the search list to the name server', () => {
  const { network } = twoNodes();
  const asked: string[] = [];
  const dns = network.podStack('worker-1', '10.244.1.9');
  dns.listen('0.0.0.0', 53, { dns: (name) => { asked.push(name); return name === 'web.shop.svc.cluster.local' ? [{ name, type: 'A', data: '10.96.0.20' }] : []; } });
  const pod = network.podStack('worker-2', '10.244.2.9', { nameserver: '10.244.1.9', search: ['default.svc.cluster.local', 'svc.cluster.local'], ndots: 5 });
  expect(pod.resolve('web.shop')).toEqual(['10.96.0.20']);
  expect(asked).toEqual(['web.shop.default.svc.cluster.local', 'web.shop.svc.cluster.local']);
  expect(failure(() => pod.connect('nope', 80))).toBe('no such host: dial tcp: lookup nope on 10.244.1.9:53: no such host');
  network.removePod('10.244.1.9');
  expect(failure(() => pod.resolve('web'))).toBe('timeout: lookup web on 10.244.1.9:53: read udp ->10.244.1.9:53: i/o timeout');
});

test('what lies outside is known by its public name to nodes and to Pods with the node\'s resolver', () => {
  const { network, one } = twoNodes();
  network.addOutside('203.0.113.80', page('the internet'), 'example.com');
  expect(one.fetch('http://example.com/').body).toBe('the internet');
  expect(network.podStack('worker-1', '10.244.1.8').fetch('http://example.com/').body).toBe('the internet');
});

interface Tls { server?: object; client?: object; host?: string }

function shake(make: (known: ReturnType<typeof pki>) => Tls): string {
  const { one, two } = twoNodes();
  const known = pki();
  const { server, client, host = '10.0.0.1' } = make(known);
  one.listen('0.0.0.0', 2379, page('etcd'), server && { ...known.server, clientCa: known.ca.certificate, requireClientCertificate: true, ...server });
  return failure(() => connect(two, host, client && { ca: known.ca.certificate, ...known.client, ...client }));
}

function connect(stack: NetworkStack, host: string, tls: object | undefined): void {
  stack.connect(host, 2379, tls);
}

function pki() {
  const random = new Random('pki');
  const ca = createAuthority('etcd-ca', random, startMs);
  const other = createAuthority('other-ca', random, startMs);
  const valid = { ca, random, notBeforeMs: startMs, notAfterMs: startMs + yearMs };
  const server = issueCertificate({ ...valid, commonName: 'worker-1', altNames: ['worker-1', '10.0.0.1'], usages: ['server auth', 'client auth'] });
  const client = issueCertificate({ ...valid, commonName: 'client', usages: ['client auth'] });
  return { ca, other, valid, server, client };
}

const TLS_CASES: [string, Parameters<typeof shake>[0], string][] = [
  ['a good certificate on both sides', () => ({ server: {}, client: {} }), 'no failure'],
  ['no client certificate', () => ({ server: {}, client: { certificate: undefined, key: undefined } }), 'tls: remote error: tls: certificate required'],
  ['a client certificate of another authority', ({ other, valid }) => ({ server: {}, client: issueCertificate({ ...valid, ca: other, commonName: 'x', usages: ['client auth'] }) }), 'tls: remote error: tls: unknown certificate authority'],
  ['an expired client certificate', ({ valid }) => ({ server: {}, client: issueCertificate({ ...valid, notAfterMs: startMs - 1000, notBeforeMs: startMs - yearMs, commonName: 'x', usages: ['client auth'] }) }), 'tls: remote error: tls: expired certificate'],
  ['a server of an unknown authority', ({ other }) => ({ server: {}, client: { ca: other.certificate } }), 'tls: tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  ['a server under its name', () => ({ server: {}, client: {}, host: 'worker-1' }), 'no failure'],
  ['a client that speaks no TLS', () => ({ server: {} }), 'tls: Client sent an HTTP request to an HTTPS server.'],
  ['a server that speaks no TLS', () => ({ client: {} }), 'tls: http: server gave HTTP response to HTTPS client'],
  ['a client that does not care', ({ other }) => ({ server: {}, client: { ca: other.certificate, insecureSkipVerify: true } }), 'no failure'],
];

test.each(TLS_CASES)('%s', (_, make, wanted) => {
  expect(shake(make)).toBe(wanted);
});
