/** The player's terminal is of the simulated world: nothing of the real machine is in its reach. */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Scene } from '../scenario/scene.ts';

test('the terminal reaches nothing of the machine that it runs on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-real-'));
  const file = join(folder, 'secret');
  writeFileSync(file, 'the-real-secret');
  process.env['KUBE_QUEST_REAL'] = 'the-real-secret';
  let asked = 0;
  const server = createServer((_request, response) => { asked++; response.end('the-real-secret'); });
  await new Promise<void>((resolved) => { server.listen(0, '127.0.0.1', resolved); });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const scene = await Scene.hollow();
  const tries = [
    `cat ${file}`, `ls ${folder}`, `cat /../..${file}`, `kubectl apply -f ${file}`, `kubectl create configmap c --from-file=${file}; kubectl get cm c -o yaml`, `kubectl --kubeconfig=${file} get pods`,
    'env; echo $KUBE_QUEST_REAL; cat /proc/self/environ', `curl -s http://127.0.0.1:${port}/; curl -s http://localhost:${port}; wget -qO- http://127.0.0.1:${port}`, `curl -s file://${file}`,
    `kubectl --server=http://127.0.0.1:${port} get pods`, `kubectl get --raw http://127.0.0.1:${port}/`, `bash -c 'echo owned > ${folder}/owned'`, `node -e 'require("fs")'`, `python3 -c 'open("${file}").read()'`, `ln -s ${file} x; cat x`, `source ${file}`, `kubectl get pods > ${folder}/out`,
  ];
  for (const line of tries) expect.soft(await scene.run(line), line).not.toContain('the-real-secret');
  server.close();
  expect(asked).toBe(0);
  expect(readdirSync(folder)).toEqual(['secret']);
});
