import { expect, test } from 'vitest';
import { certificateFor } from '../../src/cluster/node/control-plane/kubeadm.ts';
import { deployment, pod, Scene } from './scene.ts';

const API = { apiVersion: 'admissionregistration.k8s.io/v1' };
const PODS = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] };
const DEPLOYMENTS = { ...PODS, apiGroups: ['apps'], resources: ['deployments'] };
const policy = (spec: object, name = 'p') => ({ ...API, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: { matchConstraints: { resourceRules: [DEPLOYMENTS] }, ...spec } });
const binding = (spec: object = {}, name = 'b') => ({ ...API, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec: { policyName: 'p', validationActions: ['Deny'], ...spec } });
const few = { validations: [{ expression: 'object.spec.replicas <= 5' }] };
const hook = (name: string, more: object = {}) => ({ name, rules: [PODS], sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { service: { name: 'hook', namespace: 'default', path: '/check' } }, ...more });
const hooks = (...webhooks: object[]) => ({ ...API, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'w' }, webhooks });

/** A cluster whose Service `hook` has a webhook with these rules behind it. */
async function withWebhook(rules: object[]): Promise<{ at: Scene; caBundle: string }> {
  const at = await Scene.kubeadm();
  const { pki, world } = at.cluster;
  const { certificate, key } = certificateFor({ random: world.random.fork('hook'), nowMs: world.clock.now() }, pki.ca, 'hook', { usages: ['server auth'], altNames: ['hook.default.svc'] });
  const files = { 'tls.crt': certificate, 'tls.key': key };
  await at.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hook' }, type: 'kubernetes.io/tls', stringData: files },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hook' }, data: { 'rules.yaml': JSON.stringify({ rules }) } },
    pod('hook', {
      containers: [{ name: 'c', image: 'kube-quest/webhook', volumeMounts: [{ name: 'rules', mountPath: '/etc/webhook' }, { name: 'tls', mountPath: '/etc/webhook/tls' }] }],
      volumes: [{ name: 'rules', configMap: { name: 'hook' } }, { name: 'tls', secret: { secretName: 'hook' } }],
    }, { labels: { app: 'hook' } }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: { selector: { app: 'hook' }, ports: [{ port: 443, targetPort: 8443 }] } },
  );
  await at.wait(20);
  return { at, caBundle: Buffer.from(pki.ca.certificate).toString('base64') };
}

test('14.7 a policy with a binding refuses what its expression says, in upstream words', async () => {
  const at = await Scene.hollow();
  await at.apply(policy(few));
  expect(await at.make(deployment('a', { replicas: 6 }))).toBe('deployment.apps/a created');
  await at.apply(binding());
  expect(await at.make(deployment('b', { replicas: 6 }))).toBe("The deployments \"b\" is invalid: : ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.spec.replicas <= 5");
  expect(await at.make(deployment('c', { replicas: 5 }))).toBe('deployment.apps/c created');
  expect(await at.k('scale deploy c --replicas=9')).toContain("denied request: failed expression: object.spec.replicas <= 5");
  await at.k('delete validatingadmissionpolicybinding b');
  expect(await at.k('scale deploy c --replicas=9')).toBe('deployment.apps/c scaled');
});

test('14.7 messages, reasons, variables and conditions of a policy', async () => {
  const at = await Scene.hollow();
  await at.apply(policy({
    matchConditions: [{ name: 'not-root', expression: "request.userInfo.username != 'root'" }],
    variables: [{ name: 'max', expression: "namespaceObject.metadata.?labels['max'].orValue('3')" }, { name: 'isMany', expression: 'object.spec.replicas > int(variables.max)' }],
    validations: [
      { expression: '!variables.isMany', messageExpression: "'at most ' + variables.max + ' replicas in ' + request.namespace", reason: 'Forbidden' },
      { expression: "has(object.metadata.labels) && 'owner' in object.metadata.labels", message: 'an owner is needed' },
    ],
  }), binding());
  expect(await at.make(deployment('a', { replicas: 4 }))).toContain("deployments.apps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: at most 3 replicas in default");
  expect(await at.make(deployment('a', { replicas: 1 }))).toContain('denied request: an owner is needed');
  await at.k('label ns default max=10');
  expect(await at.make({ ...deployment('a', { replicas: 4 }), metadata: { name: 'a', labels: { owner: 'amy' } } })).toBe('deployment.apps/a created');
  expect(await at.k('create deploy r --image=x --replicas=20 --as=root --as-group=system:masters')).toBe('deployment.apps/r created');
});

test('14.7 an expression that fails to evaluate refuses, unless the policy ignores failures', async () => {
  const at = await Scene.hollow();
  const bad = { validations: [{ expression: 'object.spec.paused == false' }] };
  await at.apply(policy(bad), binding());
  expect(await at.make(deployment('a', { replicas: 1 }))).toContain("denied request: expression 'object.spec.paused == false' resulted in error: no such key: paused");
  await at.apply(policy({ ...bad, failurePolicy: 'Ignore' }));
  expect(await at.make(deployment('a', { replicas: 1 }))).toBe('deployment.apps/a created');
});

test('14.7 Warn lets pass and says so; selectors and excluded rules leave out', async () => {
  const at = await Scene.hollow();
  await at.apply(policy(few), binding({ validationActions: ['Warn', 'Audit'], matchResources: { namespaceSelector: { matchLabels: { strict: 'yes' } } } }));
  expect(await at.make(deployment('a', { replicas: 6 }))).toBe('deployment.apps/a created');
  await at.k('label ns default strict=yes');
  expect(await at.make(deployment('b', { replicas: 6 }))).toBe("deployment.apps/b created\nWarning: Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: object.spec.replicas <= 5");
  await at.apply(policy({ ...few, matchConstraints: { resourceRules: [DEPLOYMENTS], excludeResourceRules: [{ ...DEPLOYMENTS, resourceNames: ['free'] }] } }));
  expect(await at.make(deployment('free', { replicas: 6 }))).toBe('deployment.apps/free created');
});

test('14.7 parameters come from the objects that the binding names', async () => {
  const at = await Scene.hollow();
  await at.apply(
    policy({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'object.spec.replicas <= int(params.data.max)', messageExpression: "'max ' + params.data.max" }] }),
    binding({ paramRef: { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' } }),
  );
  expect(await at.make(deployment('a', { replicas: 1 }))).toContain('denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction');
  await at.k('create cm limits --from-literal=max=2');
  expect(await at.make(deployment('a', { replicas: 3 }))).toContain('denied request: max 2');
  expect(await at.make(deployment('a', { replicas: 2 }))).toBe('deployment.apps/a created');
  expect(await at.k('get validatingadmissionpolicies,validatingadmissionpolicybindings')).toMatch(/VALIDATIONS +PARAMKIND +AGE\n\S+\/p +1 +v1\/ConfigMap[^]*PARAMREF +AGE\n\S+\/b +p +default\/limits/);
});

test('14.7 what cannot be compiled is refused at once, with the place', async () => {
  const at = await Scene.hollow();
  const said = async (spec: object) => (await at.make(policy(spec))).replace('The ValidatingAdmissionPolicy "p" is invalid: ', '');
  expect(await said({ validations: [{ expression: 'objekt.spec.replicas <= 5' }] })).toBe("spec.validations[0].expression: Invalid value: \"objekt.spec.replicas <= 5\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objekt' (in container '')\n | objekt.spec.replicas <= 5\n | ^");
  expect(await said({ validations: [{ expression: '1 + 1' }] })).toBe('spec.validations[0].expression: Invalid value: "1 + 1": must evaluate to bool');
  expect(await said({ validations: [{ expression: 'params.x == 1' }] })).toContain("undeclared reference to 'params' (in container '')");
  expect(await said({ validations: [{ expression: 'object.x ==' }] })).toContain("Syntax error: mismatched input '<EOF>' expecting");
  expect(await said({ validations: [{ expression: 'variables.a', messageExpression: '"x" + 1' }], variables: [{ name: 'a', expression: 'true' }] })).toContain("spec.validations[0].messageExpression: Invalid value: \"\\\"x\\\" + 1\": compilation failed: ERROR: <input>:1:5: found no matching overload for '_+_' applied to '(string, int)'");
  expect(await said({})).toContain('spec.validations: Required value: validations or auditAnnotations must be set');
  expect(await at.make(binding({ validationActions: ['Deny', 'Warn'] }))).toContain('must not contain both Deny and Warn');
});

test('14.7 a mutating policy changes objects by configuration and by patch', async () => {
  const at = await Scene.hollow();
  const spec = { matchConstraints: { resourceRules: [PODS] }, failurePolicy: 'Fail', reinvocationPolicy: 'Never' };
  await at.apply(
    { ...API, kind: 'MutatingAdmissionPolicy', metadata: { name: 'm' }, spec: { ...spec, mutations: [
      { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"team": "a"}}, spec: Object.spec{priority: 0, containers: [Object.spec.containers{name: "c", imagePullPolicy: "Always"}]}}' } },
      { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/by", value: request.userInfo.username}]' } },
    ] } },
    { ...API, kind: 'MutatingAdmissionPolicyBinding', metadata: { name: 'm' }, spec: { policyName: 'm' } },
  );
  await at.apply(pod('a'));
  expect(JSON.parse(await at.see('pod a', '.metadata.labels'))).toEqual({ team: 'a', by: 'kubernetes-admin' });
  expect(await at.see('pod a', '.spec.containers[0].imagePullPolicy} {.spec.containers[0].image')).toBe('Always nginx:1.27');
});

test('14.7 a webhook that cannot be reached blocks, with the reason; deleting its configuration heals', async () => {
  const at = await Scene.kubeadm();
  const said = async () => (await at.make(pod('a'))).replace(/^Error from server \(InternalError\): error when creating "STDIN": /, '');
  const because = (why: string) => `Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://hook.default.svc:443/check?timeout=10s": ${why}`;
  await at.apply(hooks(hook('x.example.com')));
  expect(await said()).toBe(because('service "hook" not found'));
  await at.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: { clusterIP: '10.96.7.7', selector: { app: 'hook' }, ports: [{ port: 443, targetPort: 8443 }] } });
  await at.wait(3);
  expect(await said()).toBe(because('dial tcp 10.96.7.7:443: connect: connection refused'));
  await at.apply(hooks(hook('x.example.com', { failurePolicy: 'Ignore' })));
  expect(await said()).toBe('pod/a created');
  await at.apply(hooks(hook('x.example.com', { clientConfig: { url: 'https://10.9.9.9:8443/v' }, timeoutSeconds: 3 })));
  await at.k('delete pod a --force');
  expect(await said()).toContain('Post "https://10.9.9.9:8443/v?timeout=3s": context deadline exceeded');
  expect(await at.k('delete validatingwebhookconfiguration w')).toContain('deleted');
  expect(await said()).toBe('pod/a created');
});

test('14.7 a webhook with rules for everything keeps its own Pods from coming back', async () => {
  const { at, caBundle } = await withWebhook([]);
  const all = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
  await at.apply(hooks(hook('x.example.com', { rules: [all], clientConfig: { caBundle, service: { name: 'hook', namespace: 'default' } } })));
  expect(await at.k('create cm a')).toBe('configmap/a created');
  await at.k('delete pod hook --force');
  await at.wait(5);
  // The endpoint of the dead Pod stays: taking it away is a write as well.
  expect(await at.make(pod('hook'))).toContain('failed calling webhook "x.example.com": failed to call webhook: Post "https://hook.default.svc:443/?timeout=10s": context deadline exceeded');
  await at.k('delete validatingwebhookconfiguration w');
  expect(await at.make(pod('hook'))).toBe('pod/hook created');
});

test('14.7 a webhook that answers: refusals, warnings, patches, a bad certificate, slowness', async () => {
  const { at, caBundle } = await withWebhook([
    { path: '/check', when: "object.metadata.name == 'bad'", message: 'not this one' },
    { path: '/check', when: "object.metadata.name == 'slow'", delay: '12s' },
    { path: '/check', when: "object.metadata.name == 'broken'", status: 500 },
    { path: '/check', warnings: ['looked at'] },
    { path: '/change', patch: [{ op: 'add', path: '/metadata/labels', value: { by: 'hook' } }] },
  ]);
  const clientConfig = { caBundle, service: { name: 'hook', namespace: 'default', path: '/check' } };
  await at.apply(hooks(hook('x.example.com', { clientConfig })), { ...hooks(hook('m.example.com', { clientConfig: { ...clientConfig, service: { ...clientConfig.service, path: 'change' } } })), kind: 'MutatingWebhookConfiguration' });
  expect(await at.make(pod('bad'))).toBe('Error from server: error when creating "STDIN": admission webhook "x.example.com" denied the request: not this one');
  expect(await at.make(pod('slow'))).toContain('Post "https://hook.default.svc:443/check?timeout=10s": context deadline exceeded');
  expect(await at.make(pod('broken'))).toContain('failed calling webhook "x.example.com": failed to call webhook: an error on the server ("the webhook is out of order") has prevented the request from succeeding');
  expect(await at.make(pod('good'))).toBe('pod/good created\nWarning: looked at');
  expect(await at.see('pod good', '.metadata.labels.by')).toBe('hook');
  await at.apply(hooks(hook('x.example.com')));
  expect(await at.make(pod('next'))).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority');
});

test('14.7 a webhook may refuse exec', async () => {
  const { at, caBundle } = await withWebhook([{ when: "request.operation == 'CONNECT'", message: 'no shells here' }]);
  await at.apply(hooks(hook('x.example.com', { rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] }], clientConfig: { caBundle, service: { name: 'hook', namespace: 'default' } } })));
  expect(await at.k('exec hook -- ls')).toContain('admission webhook "x.example.com" denied the request: no shells here');
});

test('14.7 expressions are checked against the kinds that are matched one by one, and the policy works all the same', async () => {
  const at = await Scene.hollow();
  const policy = (name: string, resources: string[], validations: object[]) => ({
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name },
    spec: { matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources }] }, validations },
  });
  await at.make(policy('typo', ['deployments', 'replicasets'], [{ expression: 'object.replicas > 1' }, { expression: 'object.spec.replicas > 1', messageExpression: "'at most ' + object.spec.many" }]),
    policy('well', ['deployments'], [{ expression: "object.spec.replicas <= 5 && object.spec.template.spec.containers.all(c, c.image.startsWith('x'))" }]), policy('wide', ['*'], [{ expression: 'object.replicas > 1' }]));
  await at.wait(2);
  const at6 = (kind: string) => `apps/v1, Kind=${kind}: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\n`;
  const { observedGeneration, typeChecking } = JSON.parse(await at.see('validatingadmissionpolicy typo', '.status'));
  expect(observedGeneration).toBe(1);
  expect(typeChecking.expressionWarnings.map(({ fieldRef }: { fieldRef: string }) => fieldRef)).toEqual(['spec.validations[0].expression', 'spec.validations[1].messageExpression']);
  expect(typeChecking.expressionWarnings[0].warning).toBe(`${at6('Deployment')}\n${at6('ReplicaSet')}`);
  expect(typeChecking.expressionWarnings[1].warning).toContain("apps/v1, Kind=Deployment: ERROR: <input>:1:25: undefined field 'many'");
  for (const name of ['well', 'wide']) expect(await at.see(`validatingadmissionpolicy ${name}`, '.status')).toBe('{"observedGeneration":1,"typeChecking":{}}');
});
