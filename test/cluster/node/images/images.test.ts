import { expect, test } from 'vitest';
import { configMaps, secrets } from '../../../../src/cluster/client/resources.ts';
import { imageCatalogue, parseReference } from '../../../../src/cluster/node/images/catalogue.ts';
import type { Container } from '../../../../src/cluster/api/types.ts';
import { NodeScene } from '../node-scene.ts';

test.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.27', 'docker.io/library/nginx:1.27'],
  ['bitnami/kubectl:1.30', 'docker.io/bitnami/kubectl:1.30'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['Nginx:Latest!', undefined],
  ['bad image', undefined],
  ['nginx:', undefined],
])('%s means %s', (reference, full) => {
  expect(parseReference(reference)?.full).toBe(full);
});

test.each([
  ['nginx:1.27', undefined],
  ['nginx:1.99', 'docker.io/library/nginx:1.99: not found'],
  ['myapp:latst', 'docker.io/library/myapp:latst: not found'],
  ['myapp:v2', undefined],
  ['nowhere.invalid/app:v1', 'no such host'],
])('%s is pulled unless %s', (reference, error) => {
  const found = imageCatalogue().resolve(reference);
  if (error === undefined) expect(found).toMatchObject({ reference });
  else expect(found).toMatchObject({ pullError: expect.stringContaining(error) });
});

test('a private registry wants a login that it knows', () => {
  const images = imageCatalogue({ logins: { 'registry.acme.test': [{ username: 'ci', password: 'good' }] } });
  const login = (password: string) => [{ registry: 'registry.acme.test', username: 'ci', password }];
  expect(images.resolve('registry.acme.test/app:v1')).toMatchObject({ pullError: expect.stringContaining('pull access denied, repository does not exist or may require authorization') });
  expect(images.resolve('registry.acme.test/app:v1', login('bad'))).toMatchObject({ pullError: expect.stringContaining('401 Unauthorized') });
  expect(images.resolve('registry.acme.test/app:v1', login('good'))).toMatchObject({ reference: 'registry.acme.test/app:v1' });
});

test('10.5 an image that was pulled with a login is not for Pods without it', async () => {
  const scene = new NodeScene();
  scene.images = imageCatalogue({ logins: { 'registry.acme.test': [{ username: 'ci', password: 'good' }] } });
  scene.addMachine('worker-1');
  const config = { auths: { 'registry.acme.test': { username: 'ci', password: 'good' } } };
  scene.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'default' }, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') } });
  const container = { name: 'c', image: 'registry.acme.test/app:v1', imagePullPolicy: 'IfNotPresent' };
  const imagePullSecrets = [{ name: 'login' }];
  scene.run('first', { containers: [container], imagePullSecrets });
  await scene.wait(8);
  scene.run('with', { containers: [container], imagePullSecrets });
  scene.run('without', { containers: [container] });
  scene.run('never', { containers: [{ ...container, imagePullPolicy: 'Never' }] });
  await scene.wait(8);
  const state = (name: string) => scene.pod(name).status.containerStatuses?.[0]?.state;
  expect([state('with')?.running !== undefined, state('without')?.waiting?.reason, state('never')?.waiting?.reason]).toEqual([true, 'ImagePullBackOff', 'ErrImageNeverPull']);
  expect(scene.eventsOf('with')).toContain('Pulled: Container image "registry.acme.test/app:v1" already present on machine and can be accessed by the pod');
});

async function run(container: Partial<Container> & { image: string }, files: Record<string, Record<string, string>> = {}) {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  const names = Object.keys(files);
  for (const [i, path] of names.entries()) scene.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `files-${i}`, namespace: 'default' }, data: files[path] });
  scene.run('app', {
    restartPolicy: 'Never',
    containers: [{ name: 'c', ...container, volumeMounts: names.map((mountPath, i) => ({ name: `v${i}`, mountPath })) }],
    volumes: names.map((_, i) => ({ name: `v${i}`, configMap: { name: `files-${i}` } })),
  });
  await scene.wait(15);
  const { status } = scene.pod('app');
  const stack = scene.network.nodeStack('worker-1', '10.0.0.2');
  return { scene, status, logs: scene.logs('app'), ended: status.containerStatuses?.[0]?.state?.terminated, get: (path: string, port = 80) => stack.fetch(`http://${status.podIP}:${port}${path}`), container: scene.machine('worker-1').runtime.containers()[0] };
}

test('nginx serves its page and logs the request', async () => {
  const { get, scene } = await run({ image: 'nginx:1.27' });
  expect(get('/').body).toContain('Welcome to nginx!');
  expect(get('/nope').status).toBe(404);
  expect(scene.logs('app')).toMatch(/"GET \/ HTTP\/1\.1" 200 \d+ "-"/);
});

test('nginx follows the configuration that is mounted', async () => {
  const site = 'server {\n  listen 8080;\n  location /healthz { return 200 "fine\\n"; }\n  location = /moved { return 301 /; }\n  location / { root /site; try_files $uri /index.html; }\n}\n';
  const { get } = await run({ image: 'nginx' }, { '/etc/nginx/conf.d': { 'default.conf': site }, '/site': { 'index.html': 'mine' } });
  expect(get('/healthz', 8080).body).toBe('fine\n');
  expect(get('/moved', 8080)).toMatchObject({ status: 301, headers: { location: '/' } });
  expect(get('/any/thing', 8080).body).toBe('mine');
  expect(() => get('/')).toThrow('connection refused');
});

test.each([
  ['server {\n  listen 80\n}\n', 'nginx: [emerg] unexpected "}" in /etc/nginx/conf.d/default.conf:3'],
  ['server {\n  listen 80;\n', 'nginx: [emerg] unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:3'],
  ['server {\n  lissten 80;\n}\n', 'nginx: [emerg] unknown directive "lissten" in /etc/nginx/conf.d/default.conf:2'],
  ['server {\n  location / { proxy_pass http://backend:8080; }\n}\n', 'nginx: [emerg] host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:2'],
])('nginx refuses %j', async (site, message) => {
  const { logs, ended } = await run({ image: 'nginx' }, { '/etc/nginx/conf.d': { 'default.conf': site } });
  expect(logs).toContain(`${message}\n`);
  expect(ended).toMatchObject({ exitCode: 1, reason: 'Error' });
});

test.each([
  ['a script that prepares and then starts the server', { image: 'nginx', command: ['sh', '-c', 'echo prepared > /usr/share/nginx/html/index.html && exec nginx -g "daemon off;"'] }, 80, 'prepared'],
  ['python\'s file server', { image: 'python:3.12', command: ['python3', '-m', 'http.server', '8000'] }, 8000, 'Directory listing for /'],
  ['an image that nobody has described', { image: 'acme/shop:v1', ports: [{ containerPort: 9000 }] }, 9000, 'acme/shop on app answers /'],
  ['http-echo', { image: 'hashicorp/http-echo', args: ['-text=hello', '-listen=:5000'] }, 5000, 'hello'],
  ['agnhost', { image: 'registry.k8s.io/e2e-test-images/agnhost:2.40', args: ['netexec', '--http-port=8080'] }, 8080, 'on app'],
])('%s', async (_, container, port, text) => {
  const { get } = await run(container);
  expect(get('/', port).body).toContain(text);
});

test.each([
  ['postgres without a password', { image: 'postgres:16' }, 1, 'Database is uninitialized and superuser password is not specified'],
  ['mysql without a password', { image: 'mysql:8' }, 1, 'Database is uninitialized and password option is not specified'],
  ['a Node program that is not there', { image: 'node:22', command: ['node', 'server.js'] }, 1, "Cannot find module '/server.js'"],
  ['a Python program that is not there', { image: 'python:3.12', command: ['python', '/app/main.py'] }, 2, "can't open file '/app/main.py'"],
  ['busybox without anything to do', { image: 'busybox' }, 0, ''],
  ['hello-world', { image: 'hello-world' }, 0, 'Hello from Docker!'],
  ['redis is asked in a script', { image: 'redis:7', command: ['sh', '-c', 'redis-server & sleep 1; redis-cli set a 1; redis-cli get a; redis-cli -p 7000 ping'] }, 1, 'OK\n1\nCould not connect to Redis at 127.0.0.1:7000: Connection refused'],
  ['pg_isready finds nobody', { image: 'postgres:16', command: ['pg_isready'] }, 2, '/var/run/postgresql:5432 - no response'],
])('%s ends with its code', async (_, container, code, text) => {
  const { ended, logs } = await run(container);
  expect(ended?.exitCode).toBe(code);
  expect(logs).toContain(text);
});

test('requests cost processor time, as much as the limit gives, and much load costs patience', async () => {
  const { get, container, scene } = await run({ image: 'registry.k8s.io/hpa-example', resources: { limits: { cpu: '200m' } } });
  const before = container?.usage.cpuMs ?? 0;
  const quiet = get('/').latencyMs ?? 0;
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 20; i++) get('/');
    await scene.wait(1);
  }
  expect((container?.usage.cpuMs ?? 0) - before).toBe(5 * 200); // a fifth of a processor for five seconds
  expect(get('/').latencyMs).toBeGreaterThan(5 * quiet);
});

test('nginx keeps the configuration it was started with until it is told to reload', async () => {
  const site = (answer: string) => `server {\n  listen 80;\n  location / { return 200 "${answer}"; }\n}\n`;
  const { scene, get, container } = await run({ image: 'nginx' }, { '/etc/nginx/conf.d': { 'default.conf': site('old') } });
  const exec = async (...command: string[]) => {
    let said = '';
    const hear = (text: string) => { said += text; };
    scene.machine('worker-1').runtime.exec(container!, command, { stdout: hear, stderr: hear, closed: () => undefined }, { stdin: false, tty: false });
    await scene.wait(1);
    return said;
  };
  const write = async (text: string) => {
    const config = scene.client.get(configMaps, 'files-0', 'default')!;
    scene.client.update(configMaps, { ...config, data: { 'default.conf': text } });
    await scene.wait(120);
  };
  await write(site('new'));
  expect(get('/').body).toBe('old');
  expect(await exec('nginx', '-s', 'reload')).toMatch(/\[notice] .*signal process started/);
  expect(get('/').body).toBe('new');

  await write('server {\n  lissten 80;\n}\n');
  expect(await exec('nginx', '-s', 'reload')).toContain('nginx: [emerg] unknown directive "lissten" in /etc/nginx/conf.d/default.conf:2');
  await exec('sh', '-c', 'kill -HUP 1');
  expect(scene.logs('app')).toContain('unknown directive "lissten"');
  expect(get('/').body).toBe('new');

  await write(site('elsewhere').replace('80', '8080'));
  await exec('sh', '-c', 'kill -HUP 1');
  expect(get('/', 8080).body).toBe('elsewhere');
  expect(() => get('/')).toThrow('connection refused');

  await exec('nginx', '-s', 'quit');
  await scene.wait(5);
  expect(scene.pod('app').status.phase).toBe('Succeeded');
});
