/** Probes and lifecycle hooks of containers. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { headerNameErrors } from '../names.ts';
import type { Container, PodSpec, Probe } from '../types.ts';
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

/** postStart, preStop and the signal that asks a container to stop. */
export function lifecycle(field: string, hooks: Container['lifecycle'], { terminationGracePeriodSeconds: graceSeconds, os }: PodSpec): FieldError[] {
  return [
    ...(hooks?.postStart ? handler(`${field}.postStart`, hooks.postStart, graceSeconds) : []),
    ...(hooks?.preStop ? handler(`${field}.preStop`, hooks.preStop, graceSeconds) : []),
    ...(hooks?.stopSignal === undefined ? [] : stopSignal(`${field}.stopSignal`, hooks.stopSignal, os?.name)),
  ];
}

const numbered = (name: string, from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${name}${from + index}`);
const SIGNALS: Readonly<Record<string, readonly string[]>> = {
  windows: ['SIGKILL', 'SIGTERM'],
  linux: [...'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'.split(' ').map((name) => `SIG${name}`),
    ...numbered('SIGRTMIN+', 1, 15), ...numbered('SIGRTMAX-', 1, 14)].sort(),
};

/** Which signals there are depends on the system, so the Pod must say which one it has. */
function stopSignal(field: string, signal: string, os: string | undefined): FieldError[] {
  if (!os) return [forbidden(field, 'may not be set for containers with empty `spec.os.name`')];
  const known = SIGNALS[os] ?? [signal];
  return known.includes(signal) ? [] : [notSupported(field, signal, known)];
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
