/** kubectl create namespace, serviceaccount, quota, poddisruptionbudget, priorityclass. */
import { canonicalQuantity, QuantityError } from '../../../cluster/api/quantity.ts';
import { parseSelector, SelectorError } from '../../../cluster/api/labels.ts';
import { KubectlError } from '../../errors.ts';
import { type Generator, present } from './generator.ts';

export const namespace: Generator = {
  path: 'create namespace', apiVersion: 'v1', kind: 'Namespace', isClusterScoped: true, about: 'Create a namespace with the specified name',
  help: 'Creates a Namespace, a room of its own for names, quotas and permissions.', examples: [['# For a team', 'kubectl create namespace team-a']],
  build: () => ({ spec: {}, status: {} }),
};

export const serviceAccount: Generator = {
  path: 'create serviceaccount', apiVersion: 'v1', kind: 'ServiceAccount', about: 'Create a service account with the specified name', failure: 'failed to create serviceaccount: ',
  help: 'Creates a ServiceAccount, as which Pods speak to the API server.', examples: [['# For a robot', 'kubectl create serviceaccount robot']],
  build: () => ({}),
};

export const quota: Generator = {
  path: 'create quota', apiVersion: 'v1', kind: 'ResourceQuota', about: 'Create a quota with the specified name', failure: 'failed to create quota: ',
  help: 'Creates a ResourceQuota: how much the objects of a namespace may use together.',
  examples: [['# Ten Pods with two CPUs between them', 'kubectl create quota small --hard=pods=10,requests.cpu=2,limits.memory=4Gi']],
  build({ flags }) {
    const hard = Object.fromEntries((flags.string('hard') ? flags.string('hard').split(',') : []).map(resourceAmount));
    const scopes = flags.string('scopes') ? flags.string('scopes').split(',') : [];
    if (scopes.includes('')) throw new KubectlError('invalid resource quota scope ""');
    return { spec: { ...present('hard', hard), ...present('scopes', scopes) }, status: {} };
  },
};

/** `pods=5`. Throws KubectlError. */
function resourceAmount(statement: string): [resource: string, quantity: string] {
  const parts = statement.split('=');
  if (parts.length !== 2) throw new KubectlError(`Invalid argument syntax ${statement}, expected <resource>=<value>`);
  try {
    return [parts[0]!, canonicalQuantity(parts[1]!)];
  } catch (error) {
    if (error instanceof QuantityError) throw new KubectlError(error.message);
    throw error;
  }
}

export const podDisruptionBudget: Generator = {
  path: 'create poddisruptionbudget', apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', about: 'Create a pod disruption budget with the specified name', failure: 'failed to create poddisruptionbudgets: ',
  help: 'Creates a PodDisruptionBudget: how many of the chosen Pods must stay available when nodes are drained.',
  examples: [['# At least two', 'kubectl create poddisruptionbudget web --selector=app=web --min-available=2'], ['# At most a quarter away', 'kubectl create pdb web --selector=app=web --max-unavailable=25%']],
  build({ flags }) {
    const selector = flags.string('selector'), minimum = flags.string('min-available'), maximum = flags.string('max-unavailable');
    if (!selector) throw new KubectlError('a selector must be specified');
    if (!minimum && !maximum) throw new KubectlError('one of min-available or max-unavailable must be specified');
    if (minimum && maximum) throw new KubectlError('min-available and max-unavailable cannot be both specified');
    const spec = { ...present('minAvailable', intOrPercent('min-available', minimum)), selector: labelSelector(selector), ...present('maxUnavailable', intOrPercent('max-unavailable', maximum)) };
    return { spec, status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } };
  },
};

function intOrPercent(flag: string, text: string): number | string | undefined {
  if (text === '') return undefined;
  if (!/^\d+%?$/.test(text)) throw new KubectlError(`invalid format specified for ${flag}`);
  return text.endsWith('%') ? text : Number(text);
}

function readSelector(text: string): ReturnType<typeof parseSelector> {
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw new KubectlError(`couldn't parse the selector string ${JSON.stringify(text)}: ${error.message}`);
    throw error;
  }
}

const OPERATORS: Readonly<Record<string, string>> = { in: 'In', notin: 'NotIn', '!=': 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

/** A selector as typed, as the object that specs hold. */
function labelSelector(text: string): object {
  const requirements = readSelector(text);
  const isPair = (operator: string) => operator === '=' || operator === '==';
  const pairs = requirements.filter(({ operator }) => isPair(operator)).map(({ key, values }) => [key, values[0] ?? '']);
  const others = requirements.filter(({ operator }) => !isPair(operator)).map(({ key, operator, values }) => ({ key, operator: OPERATORS[operator] ?? operator, ...present('values', [...values]) }));
  return { ...present('matchLabels', Object.fromEntries(pairs)), ...present('matchExpressions', others) };
}

export const priorityClass: Generator = {
  path: 'create priorityclass', apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', isClusterScoped: true, about: 'Create a priority class with the specified name', failure: 'failed to create priorityclass: ',
  help: 'Creates a PriorityClass: how important Pods are to the scheduler, which may evict less important ones for them.',
  examples: [['# More important than the rest', 'kubectl create priorityclass high --value=1000 --description="pays the bills"'], ['# Important, but no reason to evict others', 'kubectl create priorityclass polite --value=1000 --preemption-policy=Never']],
  build: ({ flags }) => ({
    value: flags.number('value'), ...present('globalDefault', flags.bool('global-default')), ...present('description', flags.string('description')), ...present('preemptionPolicy', flags.string('preemption-policy')),
  }),
};
