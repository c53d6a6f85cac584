/** The steps of a simulation, each one line of a terminal: what people do to workloads, and what happens to machines. */
import type { NodeSpec } from '../../src/engine/pack/level.ts';
import type { Random } from '../../src/time/random.ts';
import { DEPLOYMENTS, NAMESPACES, randomManifest } from './workloads.ts';

type Say = (random: Random, nodes: readonly NodeSpec[]) => string;

const WORKERS = (nodes: readonly NodeSpec[]) => nodes.filter(({ role }) => role !== 'control-plane').map(({ name }) => name);
const MASTERS = (nodes: readonly NodeSpec[]) => nodes.filter(({ role }) => role === 'control-plane').map(({ name }) => name);
const COMPONENTS = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'] as const;
const ns = (random: Random) => `-n ${random.pick(NAMESPACES)}`;
const app = (random: Random) => random.pick([...DEPLOYMENTS, 'db', 'agent', 'plain']);
const controller = (random: Random) => random.pick(['deploy/web', 'deploy/web', 'deploy/api', 'deploy/cache', 'sts/db', 'ds/agent']);

const PEOPLE: readonly Say[] = [
  ...Array.from({ length: 8 }, (): Say => (random) => `kubectl apply -f - <<< '${randomManifest(random)}'`),
  (random) => `kubectl apply --server-side --force-conflicts -f - <<< '${randomManifest(random)}'`,
  (random) => `kubectl apply --server-side --field-manager=${random.pick(['red', 'blue'])} ${random.pick(['', '--force-conflicts'])} -f - <<< '${randomManifest(random)}'`,
  (random) => `kubectl delete ${random.pick(['crd boats.example.com', 'netpol --all', 'cm held', 'boats.example.com --all', 'validatingadmissionpolicybinding few'])} --wait=false ${ns(random)}`,
  (random) => `kubectl replace --force --grace-period=${random.pick([0, 1])} -f - <<< '${randomManifest(random)}'`,
  (random) => `kubectl scale deploy/${random.pick(DEPLOYMENTS)} --replicas=${random.int(9)} ${ns(random)}`,
  (random) => `kubectl scale ${random.pick(['sts/db', 'rs/plain'])} --replicas=${random.int(5)} ${ns(random)}`,
  (random) => `kubectl set image ${controller(random)} main=${random.pick(['nginx:1.26', 'nginx:1.27', 'nginx:1.28', 'nginx:does-not-exist', 'redis:7'])} ${ns(random)}`,
  (random) => `kubectl set resources ${controller(random)} --requests=cpu=${random.pick(['50m', '700m', '3'])} ${ns(random)}`,
  (random) => `kubectl rollout restart ${controller(random)} ${ns(random)}`,
  (random) => `kubectl rollout undo ${controller(random)} ${ns(random)}`,
  (random) => `kubectl rollout ${random.pick(['pause', 'resume'])} deploy/${random.pick(DEPLOYMENTS)} ${ns(random)}`,
  (random) => `kubectl delete ${controller(random)} --cascade=${random.pick(['background', 'foreground', 'orphan'])} --wait=false ${ns(random)}`,
  (random) => `kubectl delete ${random.pick(['job', 'cronjob', 'svc', 'pdb', 'quota', 'limits', 'pvc', 'rs'])} --all --wait=false ${ns(random)}`,
  (random) => `kubectl delete pod -l app=${app(random)} --wait=false ${random.pick(['', '--grace-period=1', '--grace-period=0 --force'])} ${ns(random)}`,
  (random) => `kubectl get pods ${ns(random)} -o name | sed -n '${1 + random.int(4)}p' | xargs -r kubectl delete --wait=false ${ns(random)}`,
  (random) => `kubectl label pods -l app=${random.pick([...DEPLOYMENTS, 'agent', 'plain'])} app=${random.pick(['orphan', 'web', 'api'])} --overwrite ${ns(random)}`,
  (random, nodes) => `kubectl drain ${random.pick(WORKERS(nodes))} --ignore-daemonsets --delete-emptydir-data --force --timeout=${random.pick([5, 40])}s`,
  (random, nodes) => `kubectl ${random.pick(['cordon', 'uncordon', 'uncordon'])} ${random.pick(WORKERS(nodes))}`,
  (random, nodes) => `kubectl taint node ${random.pick(WORKERS(nodes))} busy=yes:${random.pick(['NoSchedule', 'NoExecute', 'PreferNoSchedule'])}`,
  (random, nodes) => `kubectl taint node ${random.pick(WORKERS(nodes))} busy-`,
  (random, nodes) => `kubectl delete node ${random.pick(WORKERS(nodes))} --wait=false`,
  (random) => `kubectl patch cronjob nightly -p '{"spec":{"suspend":${random.pick(['true', 'false'])}}}' ${ns(random)}`,
  (random) => `kubectl patch job job-${random.int(3)} -p '{"spec":{"suspend":${random.pick(['true', 'false'])}}}' ${ns(random)}`,
  (random) => `kubectl autoscale deploy/${random.pick(DEPLOYMENTS)} --min=1 --max=${2 + random.int(4)} --cpu=50% ${ns(random)}`,
  // What is owned by two, of which one may be gone; the uid is asked for just before.
  (random) => { const namespace = random.pick(NAMESPACES); return `refs=$(kubectl get deploy,sts,ds -n ${namespace} -o jsonpath='{range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}' | ${random.pick(['head', 'tail'])} -${1 + random.int(2)} | while read kind name uid; do echo "  - {apiVersion: apps/v1, kind: $kind, name: $name, uid: $uid, blockOwnerDeletion: ${random.pick(['true', 'false'])}}"; done); printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: owned-${random.int(3)}\\n  ownerReferences:\\n%s\\n' "$refs" | kubectl apply -n ${namespace} -f -`; },
  (random) => `kubectl patch pvc ${random.pick(['files', 'data-db-0', 'data-db-1'])} -p '{"spec":{"resources":{"requests":{"storage":"${random.pick(['2Gi', '3Gi'])}"}}}}' ${ns(random)}`,
  (random) => `kubectl patch quota ${random.pick(['quota', 'scoped'])} --type=merge -p '{"spec":{"hard":{"pods":"${random.pick([1, 4, 20])}"}}}' ${ns(random)}`,
  (random) => `kubectl patch sts db -p '{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":${random.int(3)}}}}}' ${ns(random)}`,
  (random) => `kubectl patch svc ${app(random)} -p '{"spec":{"type":"${random.pick(['ClusterIP', 'NodePort', 'LoadBalancer'])}"}}' ${ns(random)}`,
  (random) => `kubectl patch job job-${random.int(3)} -p '{"spec":{"${random.pick(['parallelism', 'completions'])}":${random.int(5)}}}' ${ns(random)}`,
  (random) => `kubectl patch pv -p '{"spec":{"persistentVolumeReclaimPolicy":"${random.pick(['Retain', 'Delete'])}"}}' $(kubectl get pv -o name | head -${1 + random.int(3)} | tail -1)`,
  // What controllers keep: they make it again.
  (random) => `kubectl delete ${random.pick(['sa default', 'cm kube-root-ca.crt', 'endpointslice --all', 'endpoints --all', 'controllerrevision --all', 'hpa --all', 'pod --all', 'events --all'])} --wait=false ${ns(random)}`,
  (random, nodes) => `kubectl delete ${random.pick([`lease ${random.pick(WORKERS(nodes))} -n kube-node-lease`, `csinode ${random.pick(WORKERS(nodes))}`, 'volumeattachment --all', 'pv --all', 'validatingwebhookconfiguration away', 'pod -n kube-system -l k8s-app=kube-dns', 'pod -n kube-system -l k8s-app=kube-proxy'])} --wait=false`,
  (random) => `kubectl patch pod special-${random.int(3)} --type=json -p '[{"op":"remove","path":"/spec/schedulingGates/0"}]' ${ns(random)}`,
  () => 'kubectl delete namespace team-a --wait=false',
  () => 'kubectl create namespace team-a',
];

const MISHAPS: readonly Say[] = [
  (random, nodes) => `power off ${random.pick(WORKERS(nodes))}`,
  (random, nodes) => `power off ${random.pick(MASTERS(nodes))}`,
  (random, nodes) => `power on ${random.pick(nodes).name}`,
  (random, nodes) => `power on ${random.pick(nodes).name}`,
  (random, nodes) => `ssh ${random.pick(nodes).name} systemctl ${random.pick(['stop', 'start', 'restart', 'restart'])} ${random.pick(['kubelet', 'containerd'])}`,
  // A cut lasts a while and heals by itself: nobody could log in to mend it.
  (random, nodes) => `ssh ${random.pick(nodes).name} 'ip link set eth0 down; sleep ${random.pick([5, 45, 400])}; ip link set eth0 up' &`,
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} 'crictl stop $(crictl ps -q --name ${random.pick(COMPONENTS)})'`,
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} 'f=/etc/kubernetes/manifests/${random.pick(COMPONENTS)}.yaml; mv $f /root/; sleep ${random.pick([1, 30, 90])}; mv /root/*.yaml /etc/kubernetes/manifests/' &`,
  (random, nodes) => `! lose-connections ${random.pick(nodes).name}`,
  (random, nodes) => `! lose-connections ${random.pick(MASTERS(nodes))}`,
  (random, nodes) => `! partition ${random.pick(nodes).name} ${random.pick([3, 30, 200])}`,
  (random, nodes) => `! partition ${random.pick(MASTERS(nodes))} ${random.pick([3, 30, 200])}`,
  () => '! compact',
  (random, nodes) => `! forget-during-partition ${random.pick(nodes).name} ${random.pick([3, 30])}`,
  (random, nodes) => `! forget-during-partition ${random.pick(MASTERS(nodes))} ${random.pick([3, 30])}`,
  ...Array.from({ length: 3 }, (): Say => (random) => `! lose-answers ${random.pick([5, 30, 90])} ${random.pick([10, 50, 100])}`),
  ...Array.from({ length: 4 }, (): Say => (random, nodes) => `! die-writing ${random.pick(['kube-controller-manager', 'kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager', random.pick(WORKERS(nodes))])} ${1 + random.int(12)}`),
  ...Array.from({ length: 2 }, (): Say => (random, nodes) => `! die-answering ${random.pick(['kube-controller-manager', 'kube-scheduler', 'anybody', random.pick(WORKERS(nodes))])} ${1 + random.int(12)}`),
  (random) => `! registries-down ${random.pick([20, 120])}`,
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} reboot`,
  (random, nodes) => `cloud ${random.pick(['terminate', 'stop', 'start'])} ${nodes.find(({ name }) => name.startsWith('pool'))?.name ?? 'pool-1'}`,
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} "date -s '${random.pick(['+40 seconds', '-40 seconds', '+3 minutes'])}'"`,
  (random) => `cloud set ${random.pick(['outage the region burns', 'outage off', 'load-balancer-quota 0', 'load-balancer-quota 20', 'load-balancer-delay 45s', 'credentials off', 'credentials on', 'disk-create-failure no room', 'disk-create-failure off', 'disk-attach-failure busy', 'disk-attach-failure off', 'disk-detach-failure busy', 'disk-detach-failure off', 'disk-delay 20s', 'disk-delay 1s'])}`,
  // Certificates have expired, as this machine sees it.
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} "date -s '+400 days'; sleep ${random.pick([5, 70])}; date -s '-400 days'" &`,
  (random) => `! slow-disks ${random.pick([5, 60, 300])}`,
  (random, nodes) => `ssh ${random.pick(nodes)!.name} 'crictl stop $(crictl ps -q --name kube-proxy)'`,
  // A control-plane component that comes up and falls again.
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} 'for i in 1 2 3 4; do crictl stop $(crictl ps -q --name ${random.pick(COMPONENTS)}); sleep ${random.pick([2, 11])}; done' &`,
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} 'for i in 1 2 3; do kubectl --kubeconfig /etc/kubernetes/admin.conf delete lease ${random.pick(['kube-scheduler', 'kube-controller-manager'])} -n kube-system; sleep 3; done' &`,
  (random, nodes) => `ssh ${random.pick(MASTERS(nodes))} 'fallocate -l ${random.pick(['10G', '90G'])} /var/log/big.log'`,
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} 'crictl stop $(crictl ps -q --name main | head -1)'`,
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} 'fallocate -l ${random.pick(['10G', '40G', '90G'])} /var/log/big.log'`,
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} 'rm -f /var/log/big.log'`,
  (random, nodes) => `ssh ${random.pick(WORKERS(nodes))} "date -s '${random.pick(['+3 minutes', '-3 minutes', '+2 hours'])}'"`,
];

/** What somebody looks at in the end: every kind's columns, descriptions and counts in whatever state they are. */
export const LOOKS: readonly string[] = [
  'kubectl get pods,deploy,rs,sts,ds,job,cronjob,svc,endpointslice,pdb,hpa,quota,limits,pvc,pv,node,ns,lease -A -o wide', 'kubectl describe pods,deploy,rs,sts,ds,job,cronjob,svc,endpointslice,pdb,hpa,quota,limits,pvc -A',
  'kubectl describe nodes,pv,ns', 'kubectl get events -A --sort-by=.lastTimestamp', 'kubectl events -A', 'kubectl top pods -A', 'kubectl top nodes', 'kubectl get pods -A -o yaml', 'kubectl rollout history deploy -A',
];

/** What a program says by mistake. */
export const SLIPS = /\bundefined\b|\bNaN\b|\[object |TypeError|RangeError|ReferenceError|Infinity/;

/** How a seed's steps are mixed: of ten, how many are mishaps and how many waits, and how long these are. */
export interface Mood { mishaps: number; waits: number; seconds: readonly number[] }

export function randomMood(random: Random): Mood {
  return { mishaps: random.pick([0, 2, 4, 4]), waits: random.pick([1, 3, 4]), seconds: random.pick([[0.1, 0.5, 1, 2], [0.2, 1, 1, 3, 3, 10, 10, 30, 60, 200], [5, 30, 60, 120, 330]]) };
}

/** What a step is, for counting what was reached. */
export function nameOf(step: string): string {
  const [, again = '', words = ''] = /^(?:ssh \S+ ['"]?)?((?:for i in [\d ]+; do )?)(.*)/.exec(step) ?? [];
  const target = /--name ([a-z-]+)/.exec(step)?.[1] ?? '';
  const verb = words.split(' ').slice(0, /^(sleep|fallocate|f=)/.test(words) ? 1 : 2).join(' ');
  return `${again && 'again and again '}${verb.replace(/^f=.*\/(.*)\.yaml;$/, 'manifest away $1')}${target && ` ${target}`}`;
}

/** A wait, a person's command or a mishap. */
export function randomStep(random: Random, nodes: readonly NodeSpec[], { mishaps, waits, seconds }: Mood): string {
  const dice = random.int(10);
  if (dice < waits) return `sleep ${random.pick(seconds)}`;
  if (dice < waits + mishaps) return random.pick(MISHAPS)(random, nodes);
  // Some do not wait for each other.
  return random.pick(PEOPLE)(random, nodes) + (random.int(6) === 0 ? ' &' : '');
}

/** What mends every mishap and stops what goes on by itself, so that the cluster can come to rest. */
export function mending(machines: readonly string[]): string[] {
  const each = (say: (name: string) => string) => machines.map(say);
  return [
    '! slow-disks 0', '! lose-answers 0 0', '! registries-down 0', 'cloud set outage off', 'cloud set load-balancer-quota 20', 'cloud set credentials on', 'cloud set disk-create-failure off', 'cloud set disk-attach-failure off', 'cloud set disk-detach-failure off', 'cloud start pool-1', ...each((name) => `power on ${name}`), 'sleep 500',
    ...each((name) => `ssh ${name} 'ip link set eth0 up; rm -f /var/log/big.log; systemctl start containerd; systemctl restart kubelet'`), 'sleep 60', 'kubectl uncordon -l kubernetes.io/os=linux',
    'kubectl delete validatingwebhookconfiguration away --ignore-not-found',
    "kubectl get pods -A --no-headers | awk '$2 ~ /^special/ {print $1, $2}' | while read n name; do kubectl patch pod $name -n $n --type=merge -p '{\"metadata\":{\"finalizers\":null}}'; done",
    ...NAMESPACES.map((namespace) => `kubectl patch cm held -n ${namespace} --type=merge -p '{"metadata":{"finalizers":null}}'`),
    'kubectl get cronjobs -A --no-headers | while read n name rest; do kubectl patch cronjob $name -n $n -p \'{"spec":{"suspend":true}}\'; done',
  ];
}
