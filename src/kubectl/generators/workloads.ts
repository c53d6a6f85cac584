/** Objects that run Pods or stand before them, from arguments: Deployment, Job, CronJob, Service, Ingress. */
import type { Call } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import { at, isDict, pairsAt, textAt } from '../objects.ts';
import { commandOf, intOrString, pairs } from './arguments.ts';

type Body = Record<string, unknown>;

export function deployment(call: Call, name: string): Body {
  const { flags } = call;
  const labels = { app: name };
  const images = flags.list('image');
  const command = commandOf(call);
  if (images.length > 1 && command.command) throw new KubectlError('cannot specify multiple --image options and command');
  const port = flags.number('port');
  const containers = images.map((image) => ({ name: containerName(image), image, ...command, ...(port > 0 ? { ports: [{ containerPort: port }] } : {}), resources: {} }));
  return {
    metadata: { labels },
    spec: { replicas: flags.number('replicas'), selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: containers.length > 0 ? containers : null } }, strategy: {} },
    status: {},
  };
}

/** A container is named after its image, without registry, tag and digest. */
function containerName(image: string): string {
  const last = image.split('/').at(-1) ?? image;
  return last.replace(/[:@].*$/, '').replace(/[^a-zA-Z0-9- ]/g, '-');
}

export async function job(call: Call, name: string): Promise<Body> {
  const { flags } = call;
  const image = flags.string('image');
  const from = flags.string('from');
  if (!image && !from) throw new KubectlError('either --image or --from must be specified');
  if (image && from) throw new KubectlError('specify either --image or --from');
  if (from) return jobFrom(call, from);
  const container = { name, image, ...commandOf(call), resources: {} };
  return { spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: 'Never' } } }, status: {} };
}

async function jobFrom(call: Call, from: string): Promise<Body> {
  const [word = '', name = ''] = from.split('/');
  const discovery = await call.discovery();
  const type = await discovery.resolve(word);
  if (type.kind !== 'CronJob') throw new KubectlError(`from must be an existing cronjob: ${from}`);
  const cronJob = (await call.client()).get(pathOf(type, await call.namespace(), name), { subject: { ...type, name } });
  const template = at(cronJob, 'spec', 'jobTemplate');
  const labels = pairsAt(template, 'metadata', 'labels');
  return {
    metadata: {
      ...(Object.keys(labels).length > 0 ? { labels } : {}), annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...pairsAt(template, 'metadata', 'annotations') },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid: textAt(cronJob, 'metadata', 'uid'), controller: true }],
    },
    spec: isDict(template) ? template.spec : {}, status: {},
  };
}

export function cronJob(call: Call, name: string): Body {
  const { flags } = call;
  const container = { name, image: flags.string('image'), ...commandOf(call), resources: {} };
  const pod = { metadata: {}, spec: { containers: [container], restartPolicy: flags.string('restart') || 'OnFailure' } };
  return { spec: { schedule: flags.string('schedule'), jobTemplate: { metadata: { name }, spec: { template: pod } } }, status: {} };
}

export function service(call: Call, name: string, type: string): Body {
  const { flags } = call;
  const clusterIP = flags.optional('clusterip');
  const ports = flags.list('tcp').map((text) => servicePort(call, text));
  if (ports.length === 0 && clusterIP !== 'None' && type !== 'ExternalName') throw new KubectlError('at least one tcp port specifier must be provided');
  const externalName = type === 'ExternalName' ? { externalName: flags.string('external-name') } : {};
  return {
    metadata: { labels: { app: name } },
    spec: { ...(ports.length > 0 ? { ports } : {}), selector: { app: name }, ...(clusterIP ? { clusterIP } : {}), type, ...externalName },
    status: { loadBalancer: {} },
  };
}

function servicePort({ flags }: Call, text: string): Body {
  const [port = '', target = port] = text.split(':');
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535) throw new KubectlError(`invalid port number: ${port}`);
  const nodePort = flags.has('node-port') ? flags.number('node-port') : 0;
  return { name: text.replace(':', '-'), protocol: 'TCP', port: Number(port), targetPort: intOrString(target), ...(nodePort ? { nodePort } : {}) };
}

const RULE = /^([\w*-][\w*.-]*)?(\/[^=]*)?=([\w-]+):([\w-]+)(?:,(tls)(?:=([\w.-]+))?)?$/;

export function ingress({ flags }: Call): Body {
  const rules = flags.list('rule');
  const backend = flags.string('default-backend');
  if (rules.length === 0 && !backend) throw new KubectlError('not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)');
  const byHost = new Map<string, Body[]>();
  const tls = new Map<string, string[]>();
  for (const text of rules) {
    const [, host = '', path = '', name = '', port = '', isTls, secret = ''] = RULE.exec(text) ?? [];
    if (!name) throw new KubectlError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
    const isPrefix = path.endsWith('*');
    const entry = { path: isPrefix ? path.slice(0, -1) : path, pathType: isPrefix ? 'Prefix' : 'Exact', backend: ingressBackend(name, port) };
    byHost.set(host, [...(byHost.get(host) ?? []), entry]);
    if (isTls) tls.set(secret, [...new Set([...(tls.get(secret) ?? []), ...(host ? [host] : [])])]);
  }
  const annotations = flags.list('annotation');
  const [name = '', port = ''] = backend.split(':');
  return {
    ...(annotations.length > 0 ? { metadata: { annotations: pairs(annotations) } } : {}),
    spec: {
      ...(flags.string('class') ? { ingressClassName: flags.string('class') } : {}),
      ...(backend ? { defaultBackend: ingressBackend(name, port) } : {}),
      ...(tls.size > 0 ? { tls: [...tls].map(([secretName, hosts]) => ({ ...(hosts.length > 0 ? { hosts } : {}), ...(secretName ? { secretName } : {}) })) } : {}),
      ...(byHost.size > 0 ? { rules: [...byHost].map(([host, paths]) => ({ ...(host ? { host } : {}), http: { paths } })) } : {}),
    },
    status: { loadBalancer: {} },
  };
}

function ingressBackend(name: string, port: string): Body {
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}
