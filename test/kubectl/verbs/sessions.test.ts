import { describe, expect, it } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

describe('kubectl cp', () => {
  it('takes files and folders into a container and out of it', async () => {
    const scene = await Scene.kubeadm();
    await scene.k('run box --image=busybox -- sleep 3600');
    await scene.k('wait --for=condition=Ready pod/box');
    await scene.run('mkdir -p site/css && echo hello > site/index.html && echo "a b" > site/css/x.css');
    expect(await scene.k('cp site box:/srv')).toBe('');
    expect(await scene.k('exec box -- cat /srv/index.html')).toBe('hello');
    expect(await scene.k('cp box:/srv back')).toBe('');
    expect(await scene.run('cat back/css/x.css')).toBe('a b');
    expect(await scene.k('cp default/box:/srv/index.html one.html && cat one.html')).toBe('hello');
    expect(await scene.k('cp nosuch box:/srv')).toBe("error: nosuch doesn't exist in local filesystem");
  });
});

describe('kubectl', () => {
  it.each([
    ['cp a b', 'error: one of src or dest must be a remote file specification'],
    ['cp a:/x b:/y', 'error: one of src or dest must be a local file specification'],
    ['attach', 'error: at least 1 argument is required for attach'],
    ['proxy --port=99999', 'error: listen tcp: address 99999: invalid port'],
    ['plugin list', 'error: unable to find any kubectl plugins in your PATH'],
    ['completion', "error: Shell not specified.\nSee 'kubectl completion -h' for help and examples"],
    ['debug', 'error: you must specify --image when not using --copy-to.'],
    ['config set-context', 'error: you must specify a non-empty context name or --current'],
    ['config set-credentials u --username=a --token=b', 'error: you cannot specify more than one authentication method at the same time: --token, --username/--password'],
    ['run x --image=', 'error: --image is required'],
    ['explain', 'error: You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.'],
    ['cordon', "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples"],
    ['config foo', `error: unknown command "foo"\nSee 'kubectl config -h' for help and examples`],
    ['auth can-i', "error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples."],
  ])('%s', async (words, said) => expect(await (await scene).k(words)).toBe(said));
  const scene = Scene.hollow();

  it('tells a failed diff from one with differences', async () => expect(await (await scene).run('kubectl diff; echo $?')).toBe('2\nerror: must specify one of -f and -k'));

  it('explains a group of commands on standard error, and fails', async () => {
    expect(await (await scene).run('kubectl set >/dev/null; echo $?')).toMatch(/^1\n[^]*Available Commands:\n {2}env {14}Update environment variables/);
    expect(await (await scene).run('kubectl certificate 2>/dev/null; echo $?')).toMatch(/Usage:\n {2}kubectl certificate SUBCOMMAND \[options\][^]*\n0$/);
  });

  it('shows the log of a debugging container that has ended already, and starts nothing but the program of an image without a shell', async () => {
    const real = await Scene.kubeadm();
    await real.k('run bare --image=hashicorp/http-echo -- -text=hello');
    await real.k('run wrong --image=hashicorp/http-echo --command -- -text=hello');
    await real.k('wait --for=condition=Ready pod/bare');
    expect(await real.k('debug bare --image=busybox -it -c look -- wget -q -O- http://localhost:5678')).toBe('hello');
    expect(await real.k("get pod wrong -o jsonpath='{.status.containerStatuses[0].lastState.terminated.message}{.status.containerStatuses[0].state.terminated.message}'")).toContain('exec: "-text=hello": executable file not found in $PATH');
  });

  it('debugs beside a Pod, in a copy, and on a node', async () => {
    const { k } = { k: async (words: string) => (await scene).k(words) };
    await k('run web --image=nginx -l app=web');
    expect(await k('debug web --image=busybox --target=web -c look -- sleep 1')).toBe('Targeting container "web". If you don\'t see processes from this container it may be because the container runtime doesn\'t support this feature.');
    expect(await k("get pod web -o jsonpath='{.spec.ephemeralContainers[*].name} {.spec.ephemeralContainers[0].targetContainerName}'")).toBe('look web');
    expect(await k('debug web --image=busybox --copy-to=web2 --set-image=web=nginx:2')).toMatch(/^Defaulting debug container name to debugger-\w{5}\.$/);
    expect(await k("get pod web2 -o jsonpath='{.spec.containers[*].image} {.metadata.labels} {.spec.shareProcessNamespace}'")).toBe('nginx:2 busybox  true');
    expect(await k('debug node/w1 --image=busybox')).toMatch(/^Creating debugging pod node-debugger-w1-\w{5} with container debugger on node w1\.$/);
    expect(await k('debug node/w1 --image=busybox --profile=netadmin')).toMatch(/^Creating/);
    expect(await k("get pods -l app.kubernetes.io/managed-by=kubectl-debug -o jsonpath='{.items[*].spec.hostPID} {.items[*].spec.volumes[0].hostPath.path}'")).toBe('true true /');
  });
});
