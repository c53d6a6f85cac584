/** kubectl attach, cp and proxy: what else goes through the API server to a container, or to the server itself. */
import type { Call, Verb } from '../command.ts';
import { bodyText, type Method } from '../client.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError, textOf } from '../errors.ts';
import { type ApiObject, listAt, textAt } from '../objects.ts';
import { allContainers, announceSession, checkPodTimeout, containerOf, podFor, type PodFound } from './pods.ts';

/** Streams attach until the container ends or Ctrl-C is pressed. */
export async function attached(call: Call, pod: PodFound, container: string): Promise<void> {
  const { world, signal } = call.environment;
  const client = await call.client();
  const input = call.flags.bool('stdin') ? await call.environment.stdin() : '';
  const query = { container, stdin: input !== '', stdout: true, stderr: true, tty: call.flags.bool('tty') };
  await world.block<void>('kubectl attach', (wake) => {
    const stream = client.stream('POST', pathOf(pod.type, pod.namespace, pod.name, 'attach'), { query, subject: { ...pod.type, name: pod.name } }, { stdout: (text) => call.out(text), stderr: (text) => call.err(text), closed: () => wake() });
    if (input) stream.send?.(input);
    signal.addEventListener('abort', () => { stream.close(); wake(); }, { once: true });
  });
}

const attach: Verb = {
  path: 'attach', about: 'Attach to a running container', help: 'Shows what a running container writes from now on; with -i passes standard input to it.', examples: [['# The first container of a Pod', 'kubectl attach web-0'], ['# A Deployment\'s Pod', 'kubectl attach deployment/web -c nginx']],
  async run(call) {
    const [name, ...others] = call.args;
    if (name === undefined) throw new KubectlError('at least 1 argument is required for attach');
    if (others.length > 1) throw new KubectlError(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${call.args.length}: [${call.args.join(' ')}]`);
    checkPodTimeout(call);
    const pod = await podFor(call, others[0] ? `${name}/${others[0]}` : name, false);
    const phase = textAt(pod.object, 'status', 'phase');
    if (phase === 'Succeeded' || phase === 'Failed') throw new KubectlError(`cannot attach a container in a completed pod; current phase is ${phase}`);
    const asked = call.flags.string('container');
    if (asked && !allContainers(pod.object).includes(asked)) throw new KubectlError(`cannot attach to the container: container ${asked} not found in pod ${pod.name}`);
    const container = containerOf(call, pod.object);
    if (call.flags.bool('tty') && !isTty(pod.object, container)) {
      call.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
      call.flags.set('tty', 'false');
    }
    announceSession(call);
    await attached(call, pod, container);
  },
};

const isTty = (pod: ApiObject, name: string) => ['containers', 'ephemeralContainers', 'initContainers'].flatMap((list) => listAt(pod, 'spec', list)).some((container) => textAt(container, 'name') === name && textAt(container, 'tty') === 'true');

interface Place { pod: string; namespace: string; path: string }

/** `[[NAMESPACE/]POD:]PATH`. */
function placeOf(text: string): Place {
  const at = text.indexOf(':');
  if (at === 0) throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  if (at < 0) return { pod: '', namespace: '', path: text };
  const parts = text.slice(0, at).split('/');
  if (parts.length > 2) throw new KubectlError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  return { pod: parts.at(-1) ?? '', namespace: parts.length === 2 ? parts[0]! : '', path: text.slice(at + 1) };
}

const cp: Verb = {
  path: 'cp', about: 'Copy files and directories to and from containers',
  help: 'Copies files between here and a container: POD:PATH or NAMESPACE/POD:PATH names the container\'s side.\nThe container needs sh, base64, mkdir and find.',
  examples: [['# Into a Pod', 'kubectl cp index.html web-0:/usr/share/nginx/html/index.html'], ['# Out of a container of it', 'kubectl cp shop/web-0:/var/log/app.log app.log -c app']],
  async run(call) {
    if (call.args.length !== 2) throw new KubectlError('source and destination are required');
    const [from, to] = call.args.map(placeOf) as [Place, Place];
    if (from.pod && to.pod) throw new KubectlError('one of src or dest must be a local file specification');
    if (!from.pod && !to.pod) throw new KubectlError('one of src or dest must be a remote file specification');
    if (from.path === '' || to.path === '') throw new KubectlError('filepath can not be empty');
    if (from.pod) await copyOut(call, from, to.path);
    else await copyIn(call, from.path, to);
  },
};

async function copyIn(call: Call, local: string, to: Place): Promise<void> {
  const { files } = call.environment;
  if (!await files.exists(local)) throw new KubectlError(`${local} doesn't exist in local filesystem`);
  const run = await runner(call, to);
  const base = local.replace(/\/+$/, '').split('/').pop() ?? '';
  const isFolder = to.path.endsWith('/') || await run(['test', '-d', to.path], '').then(({ code }) => code === 0);
  for (const path of await filesBelow(call, local)) {
    const target = `${isFolder ? `${to.path.replace(/\/+$/, '')}/${base}` : to.path}${path.slice(local.replace(/\/+$/, '').length)}`;
    const folder = target.slice(0, target.lastIndexOf('/'));
    const encoded = Buffer.from(await files.readBytes(path)).toString('base64');
    const { code, stderr } = await run(['sh', '-c', `${folder ? `mkdir -p ${quoted(folder)} && ` : ''}base64 -d > ${quoted(target)}`], `${encoded}\n`);
    if (code !== 0) throw new KubectlError(`${stderr}command terminated with exit code ${code}`);
  }
}

async function copyOut(call: Call, from: Place, local: string): Promise<void> {
  const { files } = call.environment;
  const run = await runner(call, from);
  const found = await run(['find', from.path, '-type', 'f'], '');
  if (found.code !== 0) throw new KubectlError(`${found.stderr}command terminated with exit code ${found.code}`);
  const base = from.path.replace(/\/+$/, '');
  const isFile = found.stdout.trim() === from.path;
  if (isFile && !local.endsWith('/') && await files.exists(local) && await files.isDirectory(local)) throw new KubectlError(`open ${local}: is a directory`);
  const into = local.endsWith('/') || (await files.exists(local) && await files.isDirectory(local)) ? `${local.replace(/\/+$/, '')}/${base.split('/').pop()}` : local;
  for (const path of found.stdout.split('\n').filter(Boolean)) await files.write(`${into}${path.slice(base.length)}`, Buffer.from((await run(['base64', path], '')).stdout, 'base64'));
}

async function filesBelow(call: Call, path: string): Promise<string[]> {
  const { files } = call.environment;
  if (!await files.isDirectory(path)) return [path];
  const below: string[] = [];
  for (const name of await files.list(path)) below.push(...await filesBelow(call, `${path.replace(/\/+$/, '')}/${name}`));
  return below;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs commands in the container of a place. */
async function runner(call: Call, { pod: name, namespace }: Place): Promise<(command: readonly string[], input: string) => Promise<{ code: number; stdout: string; stderr: string }>> {
  const pod = await podFor(call, name, false, namespace || await call.namespace());
  const container = containerOf(call, pod.object);
  const client = await call.client();
  return (command, input) => call.environment.world.block('kubectl cp', (wake) => {
    const said = { stdout: '', stderr: '' };
    const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
    const stream = client.stream('POST', `${pathOf(pod.type, pod.namespace, pod.name, 'exec')}?${words}`, { query: { container, stdin: input !== '', stdout: true, stderr: true }, subject: { ...pod.type, name: pod.name } }, {
      stdout: (text) => { said.stdout += text; }, stderr: (text) => { said.stderr += text; }, closed: (exit) => wake({ code: exit ?? 1, ...said }),
    });
    if (input) stream.send?.(input);
  });
}

const MAX_PORT = 65_535;

const proxy: Verb = {
  path: 'proxy', about: 'Run a proxy to the Kubernetes API server',
  help: 'Listens on a local port and passes what is asked there to the API server, with your credentials. It serves until Ctrl-C.', examples: [['# On port 8001', 'kubectl proxy'], ['# On another', 'kubectl proxy --port=8080']],
  async run(call) {
    const { environment, flags } = call;
    const [address, port] = [flags.string('address'), flags.number('port')];
    if (port < 0 || port > MAX_PORT) throw new KubectlError(`listen tcp: address ${port}: invalid port`);
    const client = await call.client();
    let listening: { close(): void };
    try {
      listening = environment.listen(address, port, { http: ({ method = 'GET', path, body, headers = {} }) => {
        const answer = client.send(method as Method, path, { accept: headers.accept ?? headers.Accept, ...(body ? { body: JSON.parse(body) as unknown } : {}) });
        return { status: answer.code, body: bodyText(answer), headers: { 'Content-Type': answer.contentType ?? 'application/json' } };
      } });
    } catch (error) {
      throw new KubectlError(`listen tcp ${address}:${port}: bind: ${/in use/.test(textOf(error)) ? 'address already in use' : textOf(error)}`);
    }
    call.out(`Starting to serve on ${address}:${port}\n`);
    try {
      await environment.world.block<void>('kubectl proxy', (wake) => environment.signal.addEventListener('abort', () => wake(), { once: true }));
    } finally {
      listening.close();
    }
  },
};

export const sessions: readonly Verb[] = [attach, cp, proxy];
