import { beforeAll, describe, expect, it } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

let scene: TerminalScene;
beforeAll(async () => {
  scene = await TerminalScene.booted();
  await scene.run(`kubectl create cm cfg --from-literal=a=1
cat > sts.yaml <<'X'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, labels: {app: db}}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: pg
        image: nginx
        env:
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
        - {name: A, valueFrom: {configMapKeyRef: {name: cfg, key: a}}}
        - {name: B, valueFrom: {configMapKeyRef: {name: cfg, key: b}}}
X
kubectl apply -f sts.yaml
kubectl create priorityclass fast --value=1
kubectl create deploy web --image=nginx`);
});

describe('several resources, and what kubectl refuses by itself', () => {
  it.each([
    ['get deploy,svc web -o name 2>&1', 'deployment.apps/web\nError from server (NotFound): services "web" not found\n'],
    ['get deploy,sts --sort-by=.metadata.name', 'error: couldn\'t find any field with path "{.metadata.name}" in the list of objects\n'],
    ['get DEPLOY', 'error: the server doesn\'t have a resource type "DEPLOY"\n'],
    ['get Deployments -o name', 'deployment.apps/web\n'],
    ['set env sts/db --list --resolve 2>&1', '# StatefulSet db, container pg\nPOD=db\nCPU=0\nA=1\n# B from configmap cfg, key b\nerror retrieving reference for B: key b not found in config map cfg\n'],
    ['set env sts/db --list | grep CPU', '# CPU from resource field limits.cpu\n'],
    ['set env sts/db X=1 X-', 'error: can not both modify and remove the same environment variable in the same command\n'],
    ["set selector svc kubernetes 'x in (y)'", 'error: match expression [{x In [y]}] not supported on this object\n'],
    ['set subject rolebinding x', 'Error from server (NotFound): rolebindings.rbac.authorization.k8s.io "x" not found\n'],
    ['rollout undo sts/db', 'error: no last revision to roll back to\n'],
    ['scale sts/db sts/nope --replicas=1 2>&1', 'statefulset.apps/db scaled\nError from server (NotFound): statefulsets.apps "nope" not found\n'],
    ['scale sts/db --replicas=1 --resource-version=1 2>&1 | cut -c1-45', 'error: Expected resource version to be 1, was\n'],
    ["get --raw '/api/v1/pods?labelSelector=a%20b'", "Error from server (BadRequest): unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt\n"],
    ["get priorityclass fast -o json | kubectl replace --force -f -", 'priorityclass.scheduling.k8s.io "fast" deleted\npriorityclass.scheduling.k8s.io/fast replaced\n'],
    ['get cm cfg -o yaml > cfg.yaml; kubectl delete -f cfg.yaml; kubectl create -f cfg.yaml; kubectl delete -f cfg.yaml; kubectl apply -f cfg.yaml', 'configmap "cfg" deleted from default namespace\nconfigmap/cfg created\nconfigmap "cfg" deleted from default namespace\nconfigmap/cfg created\n'],
    ['run slow --image=nginx -o name; kubectl wait pod/slow --for=condition=Ready -o name; kubectl get pod slow -o yaml > slow.yaml; kubectl replace --force -f slow.yaml; kubectl wait pod/slow --for=condition=Ready -o name', 'pod/slow\npod/slow\npod "slow" deleted from default namespace\npod/slow replaced\npod/slow\n'],
    ['replace --force --dry-run=server -f slow.yaml', 'error: --dry-run can not be used when --force is set\n'],
    ["replace --force -f - <<< '{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"fresh\"}}'", 'configmap/fresh replaced\n'],
    ['taint nodes worker-1 a=b:NoSchedule a-', 'error: can not both modify and remove the following taint(s) in the same command: a=\n'],
    ['label cm cfg fresh --list 2>/dev/null | grep -c Listing', '2\n'],
  ])('%s', async (command, answer) => {
    expect((await scene.run(`kubectl ${command}`)).replaceAll(' \n', '\n')).toBe(answer);
  });
});
