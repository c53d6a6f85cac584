/** A pack as its author's files, to be broken one thing at a time. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const PACK = 'name: small\ntitle: Small\nversion: 1.0.0\nworlds:\n  - {id: basics, title: Basics}\n';

export const LEVEL = `title: Two
difficulty: 1
minutes: 2
teaches: [replicas, kubectl scale, kubectl get, kubectl create]
cluster:
  nodes: [{name: control-plane, role: control-plane}, {name: worker-1}]
setup: |
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec:
    replicas: 1
    selector: {matchLabels: {app: web}}
    template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:1.27"}]}}
briefing: Two are wanted.
objectives:
  - {id: two, text: Two are ready, points: 100, check: {get: deployments/web, that: object.status.readyReplicas == 2}, hold: 5s}
hints:
  - {cost: 5, text: "\`kubectl get deployments\`"}
debrief: Two it is.
par: {time: 60s, commands: 4}
solutions:
  - kubectl scale deployment/web --replicas=2
mistakes:
  - kubectl scale deployment/web --replicas=3
`;

/** The files of a sound pack of one level, with others beside or instead. */
export function filesOf(change: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { 'pack.yaml': PACK, 'basics/01-two.yaml': LEVEL, ...change };
}

/** Writes files below a new folder and gives its path. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-pack-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
