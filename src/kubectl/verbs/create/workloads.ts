/** kubectl create deployment, job, cronjob. */
import type { Call } from '../../command.ts';
import { KubectlError } from '../../errors.ts';
import { type ApiObject, at, isDict, pairsAt } from '../../objects.ts';
import { fetchedOne, targetsOf } from '../../resource-builder.ts';
import { commandArguments, type Generator, present } from './generator.ts';

export const deployment: Generator = {
  path: 'create deployment', apiVersion: 'apps/v1', kind: 'Deployment', about: 'Create a deployment with the specified name', required: ['image'], failure: 'failed to create deployment: ',
  help: 'Creates a Deployment: Pods of one template, kept at a number of replicas and replaced step by step when the template changes.\nThe Pods carry the label app=NAME.',
  examples: [['# Three web servers', 'kubectl create deployment web --image=nginx:1.27 --replicas=3 --port=80'], ['# With a command of its own', 'kubectl create deployment clock --image=busybox -- sh -c "while date; do sleep 5; done"']],
  build(call, name) {
    const { flags } = call;
    const images = flags.list('image');
    const command = commandArguments(call);
    if (images.length > 1 && command.length > 0) throw new KubectlError('cannot specify multiple --image options and command');
    const port = flags.number('port');
    const containers = images.map((image, i) => ({
      name: containerName(call, image), image, ...present('command', command), ...(i === 0 && port >= 0 ? { ports: [{ containerPort: port }] } : {}), resources: {},
    }));
    const labels = { app: name };
    return {
      metadata: { labels },
      spec: { replicas: flags.number('replicas'), selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: containers.length > 0 ? containers : null } }, strategy: {} },
      status: {},
    };
  },
};

/** The last part of an image's name; one with dots or underscores gets a random ending, as it could clash. */
function containerName(call: Call, image: string): string {
  const name = image.split('/').at(-1)!.split(':')[0]!.split('@')[0]!;
  return /[_.]/.test(name) ? `${name.replace(/[_.]/g, '-')}-${call.environment.world.random.fork('kubectl').suffix()}` : name;
}

export const job: Generator = {
  path: 'create job', apiVersion: 'batch/v1', kind: 'Job', about: 'Create a job with the specified name', failure: 'failed to create job: ',
  help: 'Creates a Job, which runs a Pod to its end. --from takes the Pod from a CronJob, as if its time had come.',
  examples: [['# Compute something once', 'kubectl create job pi --image=perl -- perl -Mbignum=bpi -wle "print bpi(200)"'], ['# Run a CronJob now', 'kubectl create job now --from=cronjob/nightly']],
  async build(call, name) {
    const image = call.flags.string('image');
    const from = call.flags.string('from');
    const command = commandArguments(call);
    if ((image === '') === (from === '')) throw new KubectlError('either --image or --from must be specified');
    if (from) {
      if (command.length > 0) throw new KubectlError('cannot specify --from and command');
      return fromCronJob(call, from);
    }
    return { spec: { template: jobTemplate(name, image, command, 'Never') }, status: {} };
  },
};

async function fromCronJob(call: Call, from: string): Promise<Partial<ApiObject>> {
  const { targets } = await targetsOf(call, { args: [from] });
  const [target] = targets;
  if (target?.what !== 'object') throw new KubectlError('expected a cronjob');
  const { object } = await fetchedOne(call, target);
  if (object.kind !== 'CronJob') throw new KubectlError(`unknown object type ${object.kind}`);
  const template = at(object, 'spec', 'jobTemplate');
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: object.metadata.name, uid: object.metadata.uid, controller: true };
  const spec = at(template, 'spec');
  return {
    metadata: { ...present('labels', pairsAt(template, 'metadata', 'labels')), annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...pairsAt(template, 'metadata', 'annotations') }, ownerReferences: [owner] },
    spec: isDict(spec) ? spec : {}, status: {},
  };
}

export const cronJob: Generator = {
  path: 'create cronjob', apiVersion: 'batch/v1', kind: 'CronJob', about: 'Create a cron job with the specified name', required: ['image', 'schedule'], failure: 'failed to create cronjob: ',
  help: 'Creates a CronJob, which makes a Job whenever its schedule (minute, hour, day of month, month, day of week) comes round.',
  examples: [['# Say the date every five minutes', 'kubectl create cronjob clock --image=busybox --schedule="*/5 * * * *" -- date']],
  build(call, name) {
    const { flags } = call;
    const template = jobTemplate(name, flags.string('image'), commandArguments(call), flags.string('restart') || 'OnFailure');
    return { spec: { schedule: flags.string('schedule'), jobTemplate: { metadata: { name }, spec: { template } } }, status: {} };
  },
};

function jobTemplate(name: string, image: string, command: readonly string[], restartPolicy: string): object {
  return { metadata: {}, spec: { containers: [{ name, image, ...present('command', command), resources: {} }], restartPolicy } };
}
