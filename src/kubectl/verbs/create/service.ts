/** kubectl create service: clusterip, nodeport, loadbalancer, externalname. */
import { dnsSubdomainErrors, portErrors, portNameErrors } from '../../../cluster/api/names.ts';
import type { Call } from '../../command.ts';
import { KubectlError } from '../../errors.ts';
import type { ApiObject } from '../../objects.ts';
import { type Generator, present } from './generator.ts';

type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

function serviceGenerator(type: ServiceType, facts: Pick<Generator, 'about' | 'help' | 'examples' | 'required'>): Generator {
  return { path: `create service ${type.toLowerCase()}`, apiVersion: 'v1', kind: 'Service', failure: `failed to create ${type} service: `, ...facts, build: (call, name) => serviceOf(call, name, type) };
}

function serviceOf({ flags }: Call, name: string, type: ServiceType): Partial<ApiObject> {
  const clusterIP = flags.optional('clusterip');
  const tcp = flags.list('tcp');
  if (clusterIP !== 'None' && type !== 'ExternalName' && tcp.length === 0) throw new KubectlError('at least one tcp port specifier must be provided');
  const externalName = flags.optional('external-name');
  if (externalName && dnsSubdomainErrors(externalName).length > 0) throw new KubectlError(`invalid service external name ${externalName}`);
  const nodePort = flags.has('node-port') ? flags.number('node-port') : 0;
  const ports = tcp.map((text) => {
    const [port, targetPort] = servicePorts(text);
    return { name: text.replaceAll(':', '-'), protocol: 'TCP', port, targetPort, ...(nodePort ? { nodePort } : {}) };
  });
  const labels = { app: name };
  return { metadata: { labels }, spec: { ...present('ports', ports), selector: labels, ...present('clusterIP', clusterIP), type, ...present('externalName', externalName) }, status: { loadBalancer: {} } };
}

/** `80` or `80:8080` or `80:http`. Throws KubectlError. */
function servicePorts(text: string): [port: number, target: number | string] {
  const [first = '', second] = text.split(':');
  if (!/^\d+$/.test(first)) throw new KubectlError(`strconv.ParseUint: parsing "${first}": invalid syntax`);
  const port = Number(first);
  if (port > 65_535) throw new KubectlError(`strconv.ParseUint: parsing "${first}": value out of range`);
  if (second === undefined) return [port, port];
  const problems = /^-?\d+$/.test(second) ? portErrors(Number(second)) : portNameErrors(second);
  if (problems.length > 0) throw new KubectlError(problems.join(','));
  return [port, /^\d+$/.test(second) ? Number(second) : second];
}

export const services: readonly Generator[] = [
  serviceGenerator('ClusterIP', {
    about: 'Create a ClusterIP service', help: 'Creates a Service with an address inside the cluster for Pods labelled app=NAME. --clusterip=None makes it headless.',
    examples: [['# Port 5432', 'kubectl create service clusterip db --tcp=5432'], ['# Headless', 'kubectl create service clusterip db --clusterip=None']],
  }),
  serviceGenerator('NodePort', {
    about: 'Create a NodePort service', help: 'Creates a Service that can also be reached on a port of every node.',
    examples: [['# Port 30080 of each node leads to port 8080 of the Pods', 'kubectl create service nodeport web --tcp=80:8080 --node-port=30080']],
  }),
  serviceGenerator('LoadBalancer', {
    about: 'Create a LoadBalancer service', help: 'Creates a Service for which the cloud provides a load balancer.',
    examples: [['# Port 80', 'kubectl create service loadbalancer web --tcp=80:8080']],
  }),
  serviceGenerator('ExternalName', {
    about: 'Create an ExternalName service', required: ['external-name'], help: 'Creates a Service that is an alias in DNS for a name outside the cluster.',
    examples: [['# db.default.svc means db.example.com', 'kubectl create service externalname db --external-name=db.example.com']],
  }),
];
