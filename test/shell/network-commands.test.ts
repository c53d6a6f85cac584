/** What a learner sees who looks at the network: in a Pod, on a node, with kube-proxy in each of its modes. */
import { expect, test } from 'vitest';
import { Runner } from '../../src/engine/run.ts';

async function withWeb(): Promise<{ sh: (line: string) => Promise<string>; wait: (ms: number) => Promise<void>; now: () => number }> {
  const runner = await Runner.start({ seed: 3 });
  const sh = async (line: string) => {
    const { stdout, stderr } = await runner.run(line);
    return stdout + stderr;
  };
  await sh('kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80 --type=NodePort; kubectl run c --image=busybox --command -- sleep 100000');
  await runner.wait(20_000);
  return { sh, wait: (ms) => runner.wait(ms), now: () => runner.cluster.world.clock.now() };
}

const POLICY = (name: string, spec: string) => `kubectl apply -f - <<E\n{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"${name}"},"spec":${spec}}\nE`;

test('what a policy blocks times out, in the words of each tool', async () => {
  const { sh, now } = await withWeb();
  const ip = (await sh("kubectl get svc web -o jsonpath='{.spec.clusterIP}'")).trim();
  expect(await sh('kubectl exec c -- curl -s -o /dev/null -w "%{http_code}" http://web')).toBe('200');
  expect(await sh('kubectl exec c -- curl -v telnet://web:80')).toContain(`* Connected to web (${ip}) port 80`);
  await sh(POLICY('deny', '{"podSelector":{"matchLabels":{"app":"web"}}}'));
  expect(await sh('kubectl exec c -- curl -m 2 telnet://web:80')).toContain('curl: (28) Connection timed out after 2000 milliseconds');
  const before = now();
  expect(await sh('kubectl exec c -- curl -m 3 http://web')).toBe('curl: (28) Connection timed out after 3000 milliseconds\ncommand terminated with exit code 28\n');
  expect(now() - before).toBe(3000);
  expect(await sh('kubectl exec c -- wget -qO- -T 2 http://web')).toBe('wget: download timed out\ncommand terminated with exit code 1\n');
  expect(await sh('kubectl exec c -- nc -zv -w 1 web 80')).toBe(`nc: web (${ip}:80): Connection timed out\ncommand terminated with exit code 1\n`);
  await sh(POLICY('deny', '{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Egress"]}'));
  expect(await sh('kubectl exec c -- nc -zvw1 web 81')).toBe(`nc: web (${ip}:81): Connection timed out\ncommand terminated with exit code 1\n`);
  expect(await sh('kubectl exec c -- nc -zv -w 1 $(kubectl get pod -l app=web -o jsonpath="{.items[0].status.podIP}") 81')).toContain(':81): Connection refused');
});

test('without DNS a name has no address: each tool says so after a while', async () => {
  const { sh } = await withWeb();
  await sh(POLICY('no-egress', '{"podSelector":{"matchLabels":{"run":"c"}},"policyTypes":["Egress"]}'));
  expect(await sh('kubectl exec c -- curl http://web')).toContain('curl: (6) Could not resolve host: web');
  expect(await sh('kubectl exec c -- curl -m 3 http://web')).toContain('curl: (28) Resolving timed out after 3000 milliseconds');
  expect(await sh('kubectl exec c -- wget -qO- http://web')).toContain("wget: bad address 'web'");
  expect(await sh('kubectl exec c -- nslookup web')).toContain(';; connection timed out; no servers could be reached');
  expect(await sh('kubectl exec c -- dig +short web.default.svc.cluster.local')).toContain('communications error to 10.96.0.10#53: timed out');
});

test('a Pod knows the names of its hostAliases, the first address of each, before DNS is asked', async () => {
  const { sh, wait } = await withWeb();
  const ip = (await sh("kubectl get svc web -o jsonpath='{.spec.clusterIP}'")).trim();
  await sh(`kubectl run a --image=busybox --overrides='{"spec":{"hostAliases":[{"ip":"${ip}","hostnames":["shop.example","web"]},{"ip":"192.0.2.1","hostnames":["web"]}]}}' --command -- sleep 100000`);
  await wait(10_000);
  for (const name of ['shop.example', 'web']) expect(await sh(`kubectl exec a -- wget -qO- -T 2 http://${name}`)).toContain('Welcome to nginx!');
  expect(await sh('kubectl exec c -- wget -qO- http://shop.example')).toContain("wget: bad address 'shop.example'");
});

test('name servers are asked for records of several types', async () => {
  const { sh } = await withWeb();
  await sh('kubectl create service externalname ext --external-name=web.default.svc.cluster.local');
  const ip = (await sh("kubectl get svc web -o jsonpath='{.spec.clusterIP}'")).trim();
  expect(await sh('kubectl exec c -- nslookup ext')).toContain(`ext.default.svc.cluster.local\tcanonical name = web.default.svc.cluster.local\nName:\tweb.default.svc.cluster.local\nAddress: ${ip}\n`);
  expect(await sh('kubectl exec c -- dig +short ext.default.svc.cluster.local')).toBe(`web.default.svc.cluster.local.\n${ip}\n`);
  expect(await sh(`kubectl exec c -- host ${ip}`)).toContain('domain name pointer web.default.svc.cluster.local.');
  expect(await sh('kubectl exec c -- nslookup nothing')).toContain("** server can't find nothing: NXDOMAIN");
});

test('13.5 13.6 a node shows its rules as its kube-proxy wrote them, also after kube-proxy is gone', async () => {
  const { sh, wait } = await withWeb();
  const ip = (await sh("kubectl get svc web -o jsonpath='{.spec.clusterIP}'")).trim();
  const port = (await sh("kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}'")).trim();
  expect(await sh('ssh worker-1 iptables-save -t nat')).toContain(`-A KUBE-SERVICES -d ${ip}/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G`);
  expect(await sh('ssh worker-1 iptables -t nat -L KUBE-NODEPORTS -n')).toMatch(new RegExp(`^Chain KUBE-NODEPORTS \\(1 references\\)\n.*\nKUBE-EXT-LOLE4ISW44XBNF3G tcp  --  0\\.0\\.0\\.0/0 +0\\.0\\.0\\.0/0 +/\\* default/web \\*/ tcp dpt:${port}\n`));
  expect(await sh(`ssh worker-1 curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:${port}`)).toBe('200');
  const useMode = async (mode: string) => {
    await sh(`kubectl get cm kube-proxy -n kube-system -o yaml | sed 's/mode: .*/mode: ${mode}/' | kubectl replace -f -; kubectl rollout restart ds/kube-proxy -n kube-system`);
    await wait(60_000);
  };
  await useMode('ipvs');
  expect(await sh('kubectl get events --field-selector=reason=IPVSDeprecation -o name')).toContain('event/');
  expect(await sh('ssh worker-1 ipvsadm -Ln')).toMatch(new RegExp(`TCP  ${ip}:80 rr\n  -> 10\\.244\\.\\d\\.\\d+:80 +Masq    1 `));
  expect(await sh('ssh worker-1 iptables-save')).not.toContain('KUBE-SVC');
  expect(await sh(`kubectl exec c -- ping -c 1 ${ip}`)).toContain('1 packets received');
  await useMode('nftables');
  expect(await sh('ssh worker-1 nft list ruleset')).toContain(`${ip} . tcp . 80 : goto service-`);
  expect(await sh(`ssh worker-1 curl -sS http://127.0.0.1:${port}`)).toContain("Couldn't connect to server");
  await sh('kubectl delete ds kube-proxy -n kube-system; kubectl create service clusterip late --tcp=80');
  await wait(10_000);
  expect(await sh('ssh worker-1 nft list ruleset')).toMatch(/^(?![^]*default\/late)[^]*default\/web/);
});

test('ss tells which program of a node listens where', async () => {
  const { sh } = await withWeb();
  const text = await sh('ssh control-plane ss -lntp');
  expect(text).toMatch(/LISTEN 0 +4096 +0\.0\.0\.0:6443 +0\.0\.0\.0:\* +users:\(\("kube-apiserver",pid=\d+,fd=3\)\)/);
  expect(text).toMatch(/127\.0\.0\.1:10257 .*kube-controller-manager/);
  expect(text).not.toContain(':53 ');
});

test('the cloud is asked and broken with one command: a load balancer waits, and says why', async () => {
  const { sh, wait } = await withWeb();
  expect(await sh('cloud set load-balancer-delay 30s; cloud set load-balancer-quota 1')).toBe('load-balancer-delay is 30s\nload-balancer-quota is 1\n');
  await sh('kubectl expose deployment web --name=one --type=LoadBalancer --port=80; kubectl expose deployment web --name=two --type=LoadBalancer --port=80');
  await wait(10_000);
  expect(await sh('kubectl get svc one --no-headers')).toContain('<pending>');
  await wait(25_000);
  expect(await sh('kubectl get svc one --no-headers')).toContain('203.0.113.10');
  expect(await sh('kubectl describe svc two')).toMatch(/Warning +SyncLoadBalancerFailed .*service-controller +Error syncing load balancer: failed to ensure load balancer: quota exceeded: 1 load balancers in use/);
  expect(await sh('cloud load-balancers')).toMatch(/203\.0\.113\.10 +80:3\d{4} +10\.0\.0\.11,10\.0\.0\.12/);
  expect(await sh('cloud set load-balancer-quota many')).toBe('cloud: "many" is not a number of things\n');
});
