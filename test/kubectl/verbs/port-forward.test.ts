import { expect, it } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

it('forwards local ports to a Pod, however it is named, until it is told to stop or a connection fails', async () => {
  const scene = await Scene.kubeadm();
  await scene.k('create deployment web --image=nginx --port=80');
  await scene.k(`patch deployment web --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/0/ports/0/name","value":"http"}]'`);
  await scene.run(`kubectl create -f - <<'END'\n{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"name":"front","port":8000,"targetPort":"http"}]}}\nEND`);
  await scene.k('rollout status deployment/web');

  expect(await scene.run('kubectl port-forward service/web 8080:front &')).toBe('Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80');
  expect(await scene.run('curl -s localhost:8080 | grep -o "<title>.*</title>"')).toContain('Welcome to nginx!');
  expect(await scene.run('curl -s "http://[::1]:8080" | grep -c title')).toMatch(/1$/);
  expect(await scene.k('port-forward deployment/web 8080:80')).toBe([
    'Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use unable to create listener: Error listen tcp6 [::1]:8080: bind: address already in use]',
    'error: unable to listen on any of the requested ports: [{8080 80}]',
  ].join('\n'));
  await scene.run('kill %1');
  expect(await scene.run('curl -s localhost:8080; echo $?')).toBe('7');

  expect(await scene.run('kubectl port-forward deployment/web :http 9090:81 --address 127.0.0.1 &')).toMatch(/^Forwarding from 127\.0\.0\.1:[3-6]\d{4} -> 80\nForwarding from 127\.0\.0\.1:9090 -> 81$/);
  expect(await scene.run('curl localhost:9090')).toMatch(/Handling connection for 9090\nE.*"An error occurred forwarding" err=".*connection refused.*localPort=9090 remotePort=81\n[^]*\(52\) Empty reply from server/);
  expect(await scene.run('curl -s localhost:9090; echo $?')).toBe('7');

  await scene.k(`run big --image=nginx --overrides='{"spec":{"nodeSelector":{"no":"such"}}}'`);
  for (const [words, said] of [
    ['big 8080:80', 'error: unable to forward port because pod is not running. Current status=Pending'],
    ['service/web 8080:80', 'error: Service web does not have a service port 80'],
    ['service/web 8080:back', "error: Service 'web' does not have a named port 'back'"],
    ['service/kubernetes 8443:443', "error: cannot attach to *v1.Service: invalid service 'kubernetes': Service is defined without a selector"],
    ['big', "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples"],
    ['deployment/web x:80', `error: error parsing local port 'x': strconv.ParseUint: parsing "x": invalid syntax`],
    ['deployment/web 80 --address nowhere', 'error: nowhere is not a valid IP'],
    ['deployment/web 80 --as=bob', 'Error from server (Forbidden): deployments.apps "web" is forbidden: User "bob" cannot get resource "deployments" in API group "apps" in the namespace "default"'],
  ]) expect(await scene.k(`port-forward ${words}`)).toBe(said);
});
