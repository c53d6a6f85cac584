/** Probes and lifecycle hooks of containers. */
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { headerNameErrors } from '../names.ts';
import type { Container, Probe } from '../types.ts';
import { invalidEach, nonNegative, oneOf, portNumberOrName, present } from './common.ts';

/** One probe; liveness and startup probes succeed at the first success. */
export function probe(field: string, value: Probe | undefined, kind: 'liveness' | 'readiness' | 'startup'): FieldError[] {
  if (!value) return [];
  const errors = [
    ...handler(field, value),
    ...nonNegative(`${field}.initialDelaySeconds`, value.initialDelaySeconds),
    ...nonNegative(`${field}.timeoutSeconds`, value.timeoutSeconds),
    ...nonNegative(`${field}.periodSeconds`, value.periodSeconds),
    ...nonNegative(`${field}.successThreshold`, value.successThreshold),
    ...nonNegative(`${field}.failureThreshold`, value.failureThreshold),
  ];
  if ((value.terminationGracePeriodSeconds ?? 1) <= 0) errors.push(invalid(`${field}.terminationGracePeriodSeconds`, value.terminationGracePeriodSeconds, 'must be greater than 0'));
  if (kind === 'readiness' && value.terminationGracePeriodSeconds !== undefined) errors.push(invalid(`${field}.terminationGracePeriodSeconds`, value.terminationGracePeriodSeconds, 'must not be set for readinessProbes'));
  if (kind !== 'readiness' && (value.successThreshold ?? 1) !== 1) errors.push(invalid(`${field}.successThreshold`, value.successThreshold, 'must be 1'));
  return errors;
}

/** postStart and preStop. */
export function lifecycle(field: string, hooks: Container['lifecycle'], graceSeconds: number | undefined): FieldError[] {
  return [
    ...(hooks?.postStart ? handler(`${field}.postStart`, hooks.postStart, graceSeconds) : []),
    ...(hooks?.preStop ? handler(`${field}.preStop`, hooks.preStop, graceSeconds) : []),
  ];
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: { seconds: number } };

function handler(field: string, { exec, httpGet, tcpSocket, grpc, sleep }: Handler, graceSeconds?: number): FieldError[] {
  const errors: FieldError[] = [];
  let handlers = 0;
  const add = (name: string, problems: FieldError[]) => {
    handlers++;
    if (handlers > 1) errors.push(forbidden(`${field}.${name}`, 'may not specify more than 1 handler type'));
    else errors.push(...problems);
  };
  if (exec) add('exec', exec.command?.length ? [] : [required(`${field}.exec.command`)]);
  if (httpGet) add('httpGet', httpAction(`${field}.httpGet`, httpGet));
  if (tcpSocket) add('tcpSocket', portNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port));
  if (grpc) add('grpc', portNumberOrName(`${field}.grpc.port`, grpc.port));
  if (sleep) add('sleep', graceSeconds === undefined || (sleep.seconds >= 0 && sleep.seconds <= graceSeconds) ? [] : [invalid(`${field}.sleep`, sleep.seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`)]);
  return handlers === 0 ? [required(field, 'must specify a handler type')] : errors;
}

function httpAction(field: string, { path, port, scheme, httpHeaders }: NonNullable<Probe['httpGet']>): FieldError[] {
  return [
    ...present(`${field}.path`, path),
    ...portNumberOrName(`${field}.port`, port),
    ...oneOf(`${field}.scheme`, scheme, ['HTTP', 'HTTPS']),
    ...(httpHeaders ?? []).flatMap(({ name }) => invalidEach(`${field}.httpHeaders`, name, headerNameErrors(name))),
  ];
}
