/** The ingress controller: routing rules as data, and the whole way from a customer to a Pod. */
import { expect, test } from 'vitest';
import type { Ingress } from '../../../src/cluster/api/types.ts';
import { matchOf } from '../../../src/cluster/network/ingress/routing.ts';
import { Runner } from '../../../src/engine/run.ts';

type Row = [path: string, type: string, service: string];

function ingress(name: string, host: string | undefined, rows: Row[], more: { annotations?: Record<string, string>; fallback?: string } = {}): Ingress {
  const backend = (service: string) => ({ service: { name: service, port: { number: 80 } } });
  const annotations = Object.fromEntries(Object.entries(more.annotations ?? {}).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]));
  return {
    apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', annotations },
    spec: { ...(more.fallback ? { defaultBackend: backend(more.fallback) } : {}), ...(rows.length ? { rules: [{ ...(host ? { host } : {}), http: { paths: rows.map(([path, pathType, service]) => ({ path, pathType, backend: backend(service) })) } }] } : {}) }, status: {},
  };
}

const shop = ingress('shop', 'shop.example', [['/', 'Prefix', 'web'], ['/api', 'Prefix', 'api'], ['/api/v2/', 'Prefix', 'api2'], ['/only', 'Exact', 'only'], ['/impl', 'ImplementationSpecific', 'impl']]);

test.each<[string, string, string | undefined]>([
  ['shop.example', '/', 'web'], ['shop.example', '/apix', 'web'], ['shop.example', '/api', 'api'], ['shop.example', '/api/', 'api'], ['shop.example', '/api/v2', 'api2'], ['shop.example', '/api/v2/x', 'api2'],
  ['shop.example', '/only', 'only'], ['shop.example', '/only/', 'web'], ['shop.example', '/implementation', 'impl'], ['a.shop.example', '/', undefined], ['', '/', undefined],
])('%s%s goes to %s', (host, path, service) => {
  expect(matchOf([shop], host, path)?.location.backend.service?.name).toBe(service);
});

test('wildcards stand for one label, rules without a host for all others, and the older Ingress keeps a path', () => {
  const all = [shop, ingress('wild', '*.example', [['/', 'Prefix', 'wild']]), ingress('any', undefined, [['/', 'Prefix', 'any']]), ingress('late', 'shop.example', [['/', 'Prefix', 'late']]), ingress('rest', undefined, [], { fallback: 'rest' })];
  const to = (host: string, path = '/') => matchOf(all, host, path)?.location.backend.service?.name;
  expect([to('shop.example'), to('x.example'), to('y.x.example'), to('other')]).toEqual(['web', 'wild', 'any', 'any']);
  expect(matchOf([all[4]!], 'other', '/x')?.location.backend.service?.name).toBe('rest');
});

test('rewrite-target replaces the path, with its groups', () => {
  const rewriting = ingress('api', 'shop.example', [['/api(/|$)(.*)', 'ImplementationSpecific', 'api']], { annotations: { 'use-regex': 'true', 'rewrite-target': '/$2' } });
  expect(['/api', '/api/', '/api/v1/items'].map((path) => matchOf([rewriting], 'shop.example', path)?.upstreamPath)).toEqual(['/', '/', '/v1/items']);
  expect(matchOf([rewriting], 'shop.example', '/apis')).toBeUndefined();
});

const DEPLOY = 'https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.15.1/deploy/static/provider/cloud/deploy.yaml';

test('from the customer through load balancer, controller and Pod, with every way to fail', async () => {
  const runner = await Runner.start({ seed: 5 });
  const sh = async (line: string) => {
    const { stdout, stderr } = await runner.run(line);
    return stdout + stderr;
  };
  const visit = (path: string, more = '') => sh(`curl -s -m 20 -o /dev/null -w '%{http_code}' ${more} -H 'Host: shop.example' http://$IP${path}`.replace('$IP', address));
  await sh(`kubectl apply -f ${DEPLOY}; kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80; kubectl create ingress shop --class=nginx --rule='shop.example/*=web:80' --rule='shop.example/gone*=gone:80'`);
  await runner.wait(40_000);
  expect(await sh('kubectl get ingress shop --no-headers')).toMatch(/^shop +nginx +shop\.example +203\.0\.113\.10 +80 /);
  expect(await sh('kubectl get events --field-selector involvedObject.kind=Ingress --no-headers')).toContain('Scheduled for sync');
  const address = (await sh("kubectl get ingress shop -o jsonpath='{.status.loadBalancer.ingress[0].ip}'")).trim();
  expect([await visit('/'), await visit('/none'), await visit('/gone'), await sh(`curl -s -m 5 http://${address}/`)]).toEqual(['200', '404', '503', expect.stringContaining('<hr><center>nginx</center>')]);
  expect(await sh('kubectl logs deploy/web --tail=1')).not.toContain('10.0.0.5');
  expect(await sh('kubectl describe ingress shop')).toContain('/gone   gone:80 (<error: services "gone" not found>)');
  await sh(`kubectl apply -f - <<'E'\n{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"deny"},"spec":{"podSelector":{}}}\nE`);
  expect(await visit('/')).toBe('504');
  await sh('kubectl delete netpol deny; kubectl scale deploy web --replicas=0');
  await runner.wait(5_000);
  expect(await visit('/')).toBe('503');
  await sh('kubectl create ingress other --rule="other.example/*=web:80"');
  await runner.wait(5_000);
  expect(await sh('kubectl get ingress other --no-headers')).toMatch(/^other +<none> +other\.example +80 /);
}, 20_000);

test('a certificate has the names of the extension file, or of the request when they are copied', async () => {
  const runner = await Runner.start({ seed: 6 });
  const names = async (options: string) => {
    const { stdout } = await runner.run(`openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca; openssl req -new -newkey rsa:2048 -nodes -keyout a.key -out a.csr -subj /CN=a -addext subjectAltName=DNS:asked.example; printf 'subjectAltName=@names\\n[names]\\nDNS.1 = one.example\\nIP.1 = 10.0.0.1\\n' > ext; openssl x509 -req -in a.csr -CA ca.crt -CAkey ca.key ${options} -out a.crt; openssl x509 -in a.crt -noout -text`);
    return [...stdout.matchAll(/(?:DNS|IP Address):([\w.]+)/g)].map(([, name]) => name);
  };
  expect([await names(''), await names('-extfile ext'), await names('-copy_extensions copy')]).toEqual([[], ['one.example', '10.0.0.1'], ['asked.example']]);
}, 20_000);

test('a host with a certificate is served over TLS under its own name, and plain HTTP is moved there', async () => {
  const runner = await Runner.start({ seed: 6 });
  const sh = async (line: string) => {
    const { stdout, stderr } = await runner.run(line);
    return stdout + stderr;
  };
  await sh(`kubectl apply -f ${DEPLOY}; kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80; kubectl create ingress shop --class=nginx --rule='shop.example/*=web:80,tls=shop-tls'`);
  await runner.wait(40_000);
  const address = (await sh("kubectl get ingress shop -o jsonpath='{.status.loadBalancer.ingress[0].ip}'")).trim();
  const at = `--resolve shop.example:443:${address} --resolve shop.example:80:${address}`;
  expect(await sh(`curl -sS ${at} https://shop.example/`)).toBe("curl: (60) SSL: no alternative certificate subject name matches target hostname 'shop.example'\n");
  expect(await sh(`curl -sk -o /dev/null -w '%{http_code}' ${at} https://shop.example/`)).toBe('200');
  await sh("openssl req -x509 -nodes -newkey rsa:2048 -keyout tls.key -out tls.crt -days 365 -subj '/CN=shop.example' -addext 'subjectAltName=DNS:shop.example'; kubectl create secret tls shop-tls --cert=tls.crt --key=tls.key");
  await runner.wait(1_000);
  expect(await sh(`curl -s --cacert tls.crt -o /dev/null -w '%{http_code}' ${at} https://shop.example/`)).toBe('200');
  expect(await sh(`curl -s -o /dev/null -w '%{http_code} %{redirect_url}' ${at} http://shop.example/a`)).toBe('308 https://shop.example/a');
  expect(await sh(`curl -sLk ${at} http://shop.example/`)).toContain('Welcome to nginx!');
}, 20_000);
