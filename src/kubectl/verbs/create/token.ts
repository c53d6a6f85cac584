/** kubectl create token: a short-lived token of a ServiceAccount. */
import type { Verb } from '../../command.ts';
import { KubectlError, textOf } from '../../errors.ts';
import { asObject, textAt } from '../../objects.ts';
import { objectPrinter, outputFormat } from '../../printers/printer.ts';
import { pathOf } from '../../discovery.ts';
import { nameArgument, present } from './generator.ts';

const BINDABLE: Readonly<Record<string, string>> = { Pod: 'v1', Secret: 'v1', Node: 'v1' };

export const token: Verb = {
  path: 'create token', about: 'Request a service account token',
  help: 'Asks the API server for a token with which to speak as a ServiceAccount, and prints it. It expires, by default after an hour.',
  examples: [['# For the ServiceAccount ci, valid for ten minutes', 'kubectl create token ci --duration=10m']],
  async run(call) {
    const { flags } = call;
    const name = nameArgument(call);
    const seconds = Math.round(flags.duration('duration') / 1000);
    if (seconds < 0) throw new KubectlError('--duration must be greater than or equal to 0');
    const kind = flags.string('bound-object-kind'), boundName = flags.string('bound-object-name');
    if (kind && !BINDABLE[kind]) throw new KubectlError(`supported --bound-object-kind values are Node, Pod, Secret`);
    if (kind && !boundName) throw new KubectlError('--bound-object-name is required if --bound-object-kind is provided');
    if (!kind && boundName) throw new KubectlError('--bound-object-name can only be set if --bound-object-kind is provided');
    if (!kind && flags.string('bound-object-uid')) throw new KubectlError('--bound-object-uid can only be set if --bound-object-kind is provided');
    const bound = kind ? { kind, apiVersion: BINDABLE[kind], name: boundName, ...present('uid', flags.string('bound-object-uid')) } : undefined;
    const spec = { audiences: flags.list('audience').length > 0 ? flags.list('audience') : null, expirationSeconds: seconds > 0 ? seconds : null, boundObjectRef: bound ?? null };
    const type = await (await call.discovery()).resolve('serviceaccounts');
    const format = outputFormat(call);
    try {
      const body = (await call.client()).call('POST', pathOf(type, await call.namespace(), name, 'token'), { body: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec }, subject: { ...type, name } });
      if (format.name) (await objectPrinter(call, format))(asObject(body));
      else call.out(`${textAt(body, 'status', 'token')}${call.environment.isTerminal ? '\n' : ''}`);
    } catch (error) {
      throw new KubectlError(`failed to create token: ${textOf(error)}`);
    }
  },
};
