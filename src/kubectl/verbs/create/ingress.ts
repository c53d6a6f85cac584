/** kubectl create ingress. */
import { KubectlError } from '../../errors.ts';
import { type Generator, present } from './generator.ts';

const RULE = /^([\w*.-]*)(\/[\w/*.$&?%=~+-]*?)?=([\w-]+):([\w-]+)(,tls(?:=([\w.-]*))?)?$/;

interface RulePart { host: string; path: string; service: string; port: string; hasTls: boolean; secret: string }

export const ingress: Generator = {
  path: 'create ingress', apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', about: 'Create an ingress with the specified name', failure: 'failed to create ingress: ',
  help: 'Creates an Ingress from rules HOST/PATH=SERVICE:PORT. A path that ends in * is a prefix, others are exact; `,tls=SECRET` serves the host with that certificate.',
  examples: [['# One host, two services', 'kubectl create ingress shop --class=nginx --rule="shop.example/=web:80" --rule="shop.example/api*=api:8080"'], ['# With TLS', 'kubectl create ingress shop --rule="shop.example/*=web:80,tls=shop-tls"']],
  build({ flags }) {
    const texts = flags.list('rule'), fallback = flags.string('default-backend');
    if (texts.length === 0 && !fallback) throw new KubectlError('not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)');
    const annotations = Object.fromEntries(flags.list('annotation').map(annotation));
    const parts = texts.map(rulePart);
    const spec = { ...present('ingressClassName', flags.string('class')), ...present('defaultBackend', fallback ? defaultBackend(fallback) : undefined), ...present('tls', tlsOf(parts)), ...present('rules', rulesOf(parts)) };
    return { metadata: present('annotations', annotations), spec, status: { loadBalancer: {} } };
  },
};

function annotation(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new KubectlError(`annotation ${text} is invalid and should be in format key=[value]`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function rulePart(text: string): RulePart {
  const match = RULE.exec(text);
  if (!match) throw new KubectlError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  const [, host = '', path = '', service = '', port = '', tls, secret = ''] = match;
  return { host, path, service, port, hasTls: tls !== undefined, secret };
}

function defaultBackend(text: string): object {
  const [service = '', port = '', ...more] = text.split(':');
  if (!service || !port || more.length > 0) throw new KubectlError('default-backend should be in format servicename:serviceport');
  return backend(service, port);
}

function backend(name: string, port: string): object {
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

function rulesOf(parts: readonly RulePart[]): object[] {
  const hosts = [...new Set(parts.map(({ host }) => host))];
  return hosts.map((host) => ({ ...present('host', host), http: { paths: parts.filter((part) => part.host === host).map(pathOf) } }));
}

function pathOf({ path, service, port }: RulePart): object {
  const isPrefix = path.endsWith('*');
  return { path: isPrefix ? path.slice(0, -1) : path, pathType: isPrefix ? 'Prefix' : 'Exact', backend: backend(service, port) };
}

/** Hosts by Secret; those without one share the controller's default certificate. */
function tlsOf(parts: readonly RulePart[]): object[] {
  const secured = parts.filter(({ hasTls }) => hasTls);
  return [...new Set(secured.map(({ secret }) => secret))].map((secret) => {
    const hosts = [...new Set(secured.filter((part) => part.secret === secret).map(({ host }) => host).filter(Boolean))];
    return { ...present('hosts', hosts), ...present('secretName', secret) };
  });
}
