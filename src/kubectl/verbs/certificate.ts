/** kubectl certificate: approve and deny CertificateSigningRequests. */
import type { Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import { asObject, listAt, textAt, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests } from '../resource-builder.ts';
import { timestamp } from '../../cluster/api/duration.ts';
import { eachObject } from './mutate.ts';

function decisionVerb(word: 'approve' | 'deny', condition: 'Approved' | 'Denied', reason: string, done: string): Verb {
  return {
    path: `certificate ${word}`, about: `${word === 'approve' ? 'Approve' : 'Deny'} a certificate signing request`, examples: [['# One request', `kubectl certificate ${word} jane`]],
    async run(call) {
      if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError('one or more CSRs must be specified as <name> or -f <filename>');
      await eachObject(call, call.args, hasManifests(call) ? {} : { defaultType: 'certificatesigningrequests' }, async (info) => {
        const conditions = listAt(info.object, 'status', 'conditions');
        const other = condition === 'Approved' ? 'Denied' : 'Approved';
        if (conditions.some((known) => textAt(known, 'type') === other)) throw new KubectlError(`certificate signing request ${JSON.stringify(info.name)} is already ${other}`);
        const isDecided = conditions.some((known) => textAt(known, 'type') === condition);
        if (isDecided && !call.flags.bool('force')) return printOperation(call, info, done);
        const nowText = timestamp(call.nowMs);
        const decision = { type: condition, status: 'True', reason, message: `This CSR was ${done} by kubectl certificate ${word}.`, lastUpdateTime: nowText };
        const body = withAt(info.object, ['status', 'conditions'], [...conditions.filter((known) => textAt(known, 'type') !== condition), decision]);
        const path = pathOf(info.type, info.namespace, info.name, 'approval');
        const object = asObject((await call.client()).call('PUT', path, { body, subject: { ...info.type, name: info.name } }));
        await printOperation(call, { ...info, object }, done);
      });
    },
  };
}

export const certificate: readonly Verb[] = [
  { path: 'certificate', about: 'Modify certificate resources' },
  decisionVerb('approve', 'Approved', 'KubectlApprove', 'approved'),
  decisionVerb('deny', 'Denied', 'KubectlDeny', 'denied'),
];
