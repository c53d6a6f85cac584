/** How networking objects are described. */
import { expect, test } from 'vitest';
import { NETWORK_DESCRIBERS } from '../../../src/kubectl/describe/network.ts';
import { tabbed } from '../../../src/kubectl/describe/tabwriter.ts';
import { Description } from '../../../src/kubectl/describe/description.ts';
import type { ApiObject } from '../../../src/kubectl/objects.ts';

async function describe(object: ApiObject, others: ApiObject[] = []): Promise<string> {
  const out = new Description();
  await NETWORK_DESCRIBERS[object.kind]!(object, out, {
    nowMs: 0, showEvents: false, list: async (resource) => others.filter(({ kind }) => resource.startsWith(kind.toLowerCase())),
    get: async (_resource, name) => others.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name),
  });
  return out.text();
}

const meta = { name: 'x', namespace: 'default', creationTimestamp: '2026-01-05T09:00:00Z' };

test('cells of neighbouring lines share a width, a line without the cell ends the column', () => {
  expect(tabbed(['a:\tone', 'longer:\ttwo', 'Head:', 'b:\tthree', '\tx\ty'])).toBe('a:       one\nlonger:  two\nHead:\nb:  three\n    x  y');
});

test('a NetworkPolicy says whom it isolates and whom it lets through', async () => {
  const text = await describe({
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta,
    spec: {
      podSelector: {}, policyTypes: ['Ingress', 'Egress'],
      ingress: [{}, { ports: [{ port: 'pg', protocol: 'TCP' }, { protocol: 'UDP' }], from: [{ namespaceSelector: {}, podSelector: { matchLabels: { a: 'b' } } }, { ipBlock: { cidr: '10.0.0.0/8' } }] }], egress: [],
    },
  });
  expect(text).toBe(`Name:         x
Namespace:    default
Created on:   2026-01-05 09:00:00 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)
  Allowing ingress traffic:
    To Port: <any> (traffic allowed to all ports)
    From: <any> (traffic not restricted by source)
    ----------
    To Port: pg/TCP
    To Port: <nil>/UDP
    From:
      NamespaceSelector: <none>
      PodSelector: a=b
    From:
      IPBlock:
        CIDR: 10.0.0.0/8
        Except: 
  Allowing egress traffic:
    <none> (Selected pods are isolated for egress connectivity)
  Policy Types: Ingress, Egress
`);
});

test('a Service shows three endpoints of each port and counts the rest', async () => {
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: meta, ports: [{ name: 'http', port: 8080 }], endpoints: [1, 2, 3, 4, 5].map((n) => ({ addresses: [`10.244.1.${n}`], conditions: { ready: n !== 2 } })) };
  const text = await describe({
    apiVersion: 'v1', kind: 'Service', metadata: meta,
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], selector: { b: '2', a: '1' }, sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Local', healthCheckNodePort: 31999, ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP', nodePort: 30080 }, { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' }] },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.10', ipMode: 'VIP' }] } },
  }, [slice]);
  expect(text).toMatch(/^Selector: +a=1,b=2$/m);
  expect(text).toMatch(/^Port: +http  80\/TCP\nTargetPort: +web\/TCP\nNodePort: +http  30080\/TCP\nEndpoints: +10\.244\.1\.1:8080,10\.244\.1\.3:8080,10\.244\.1\.4:8080 \+ 1 more\.\.\.$/m);
  expect(text).toMatch(/^LoadBalancer Ingress: +203\.0\.113\.10 \(VIP\)$/m);
  expect(text).toMatch(/^HealthCheck NodePort: +31999$/m);
});
