/** kubectl wait: until objects exist, are gone, have a condition, or hold a value. */
import type { Call, Verb } from '../command.ts';
import { forEachCollecting, hasReason, KubectlError } from '../errors.ts';
import { type ApiObject, listAt, numberAt, textAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { fillJsonPath, findResults } from '../printers/jsonpath/evaluate.ts';
import { relaxedJsonPath } from '../printers/jsonpath/relaxed.ts';
import { fetched, fetchedOne, hasManifests, type Info, MISSING, targetsOf } from '../resource-builder.ts';
import { waitUntil } from './waiting.ts';

const WEEK_MS = 7 * 24 * 3600 * 1000;
const TIMED_OUT = 'timed out waiting for the condition';
const PATH_FORM = "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'";

/** What is waited for: gone, there, or so. */
type Condition = 'delete' | 'create' | ((object: ApiObject) => boolean);

/** Reads --for. Throws KubectlError, worded as kubectl. */
export function conditionOf(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === 'delete' || lower === 'create') return lower;
  if (lower.startsWith('condition=')) {
    const [type = '', wanted = 'true'] = text.slice('condition='.length).split('=');
    return (object) => hasCondition(object, type.toLowerCase(), wanted.toLowerCase());
  }
  if (lower.startsWith('jsonpath=')) return valueCondition(text.slice('jsonpath='.length));
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** Several conditions of objects that are there hold together; what is waited for last decides. */
function joined(conditions: readonly Condition[]): Condition {
  const tests = conditions.filter((one): one is Exclude<Condition, string> => typeof one === 'function');
  return tests.length === conditions.length && tests.length > 1 ? (object) => tests.every((test) => test(object)) : conditions.at(-1)!;
}

/** A condition that was judged before the object's latest change does not count. */
function hasCondition(object: ApiObject, type: string, wanted: string): boolean {
  const found = listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type').toLowerCase() === type);
  const seen = numberAt(found, 'observedGeneration') ?? numberAt(object, 'status', 'observedGeneration');
  if (seen !== undefined && seen < (object.metadata.generation ?? 0)) return false;
  return found !== undefined && textAt(found, 'status').toLowerCase() === wanted;
}

function valueCondition(text: string): Condition {
  const [, path = '', given] = /^('[^']*'|\{.*\}|[^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (text === '') throw new KubectlError('jsonpath expression cannot be empty');
  if (path === '') throw new KubectlError(PATH_FORM);
  if (given === '') throw new KubectlError('jsonpath wait has to have a value after equal sign, like --for=jsonpath=\'{.status.readyReplicas}\'=3');
  const template = relaxedJsonPath(path.replace(/^'|'$/g, ''));
  const wanted = given?.replace(/^(['"])(.*)\1$/, '$2');
  return (object) => {
    const [value, ...more] = findResults(template, object, { allowMissingKeys: true }).flat();
    if (more.length === 0 && wanted !== undefined && typeof value === 'object' && value !== null) throw new KubectlError('jsonpath leads to a nested object or list which is not supported');
    if (more.length > 0) throw new KubectlError('given jsonpath expression matches more than one value');
    const found = fillJsonPath(template, object, { allowMissingKeys: true });
    return wanted === undefined ? found !== '' : found === wanted;
  };
}

export const wait: Verb = {
  path: 'wait', about: 'Experimental: Wait for a specific condition on one or many resources',
  help: 'Waits until all named objects are as --for says, or the time of --timeout is over.\n\n--for takes condition=NAME[=VALUE], jsonpath=EXPRESSION[=VALUE], create or delete. A timeout of 0 looks once, a negative one waits for a week.',
  examples: [['# Until a Pod is ready', 'kubectl wait --for=condition=Ready pod/web-0'], ['# Until it runs', "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web-0"], ['# Until all with a label are gone', 'kubectl wait --for=delete pod -l app=web --timeout=60s']],
  async run(call) {
    const { flags } = call;
    const wanted = flags.list('for');
    const condition = joined((wanted.length > 0 ? wanted : ['']).map(conditionOf));
    const timeoutMs = flags.duration('timeout') < 0 ? WEEK_MS : flags.duration('timeout');
    if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError(MISSING);
    const look = async () => fetched(call, await targetsOf(call, { all: flags.bool('all') && !flags.string('selector'), selector: flags.string('selector'), fieldSelector: flags.string('field-selector'), allNamespaces: flags.bool('all-namespaces') }));
    if (condition === 'create') await created(call, look, timeoutMs);
    const { infos, errors } = await look();
    const failures = condition === 'delete' ? errors.filter((error) => !hasReason(error, 'NotFound')) : errors;
    if (infos.length === 0 && failures.length === 0 && condition !== 'delete') throw new KubectlError('no matching resources found');
    const untilMs = call.nowMs + timeoutMs;
    await forEachCollecting(infos, async (info) => {
      // The time is for all together: after it nothing more is looked at.
      if (timeoutMs > 0 && call.nowMs >= untilMs) throw timedOut(info);
      await waited(call, info, condition, Math.max(untilMs - call.nowMs, 0));
    }, failures);
  },
};

async function created(call: Call, look: () => ReturnType<typeof fetched>, timeoutMs: number): Promise<void> {
  const isThere = async () => {
    const { infos, errors } = await look();
    const [other] = errors.filter((error) => !hasReason(error, 'NotFound'));
    if (other) throw other;
    return errors.length === 0 && infos.length > 0;
  };
  if (!await waitUntil(call, isThere, timeoutMs)) throw new KubectlError(TIMED_OUT);
}

const timedOut = ({ type, name }: Info) => new KubectlError(`${TIMED_OUT} on ${type.plural}/${name}`);

async function waited(call: Call, info: Info, condition: Condition, timeoutMs: number): Promise<void> {
  let object = info.object;
  const isSo = async () => {
    try {
      ({ object } = await fetchedOne(call, { ...info, what: 'object' }));
    } catch (error) {
      if (condition === 'delete' && hasReason(error, 'NotFound')) return true;
      throw error;
    }
    if (condition === 'delete') return object.metadata.uid !== info.object.metadata.uid;
    return condition === 'create' || condition(object);
  };
  if (!await waitUntil(call, isSo, timeoutMs)) throw call.flags.duration('timeout') === 0 && condition !== 'delete' ? new KubectlError(`condition not met for ${info.type.plural}/${info.name}`) : timedOut(info);
  await printOperation(call, { ...info, object }, condition === 'delete' ? 'deleted' : 'condition met');
}
