/** --authorization-mode: a chain of authorizers, the first that allows decides, and the words of a refusal. */
import { type Attributes, type Authorizer, combinedResource, type Decision, type RulesReview, selectedField } from './attributes.ts';
import { MASTERS, type UserInfo } from './user-info.ts';

/** Modes of --authorization-mode that are modelled. */
type AuthorizationMode = 'AlwaysAllow' | 'AlwaysDeny' | 'Node' | 'RBAC';

const MODES: readonly string[] = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] satisfies AuthorizationMode[];

/** kube-apiserver's complaint about --authorization-mode, or undefined. */
export function validateModes(modes: readonly string[], files: { ABAC?: string; Webhook?: string } = {}): string | undefined {
  if (modes.length === 0) return 'at least one authorization-mode must be passed';
  if (modes.includes('ABAC') && !files.ABAC) return "authorization-mode ABAC's authorization policy file not passed";
  if (modes.includes('Webhook') && !files.Webhook) return "authorization-mode Webhook's authorization config file not passed";
  const unknown = modes.find((mode) => !MODES.includes(mode));
  if (unknown !== undefined) return `authorization-mode "${unknown}" is not a valid mode`;
  if (new Set(modes).size < modes.length) return `authorization-mode ${JSON.stringify(modes)} has mode specified more than once`;
  return undefined;
}

/** The authorizer for the given modes, in order; `system:masters` pass whatever the modes are. Throws on a mode without its authorizer. */
export function createAuthorizer(modes: readonly string[], authorizers: { node?: Authorizer; rbac?: Authorizer }): Authorizer {
  const complaint = validateModes(modes);
  if (complaint !== undefined) throw new Error(complaint);
  return union([mastersAuthorizer, ...modes.map((mode) => authorizerOf(mode, authorizers))]);
}

/** Why a request is refused: `User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function denial(attributes: Attributes, reason = ''): string {
  const { user, verb, namespace } = attributes;
  const who = `User ${JSON.stringify(user.username)} cannot ${verb}`;
  const what = attributes.resource === undefined
    ? `${who} path ${JSON.stringify(attributes.path ?? '')}`
    : `${who} resource "${combinedResource(attributes)}" in API group "${attributes.group ?? ''}" ${namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'}`;
  return reason ? `${what}: ${reason}` : what;
}

/** The whole message of the 403: `pods "web" is forbidden: User … cannot …`, or for a path `forbidden: User … cannot …`. */
export function forbiddenMessage(attributes: Attributes, reason = ''): string {
  const why = denial(attributes, reason);
  if (attributes.resource === undefined) return `forbidden: ${why}`;
  const resource = attributes.group ? `${attributes.resource}.${attributes.group}` : attributes.resource;
  return `${resource}${attributes.name ? ` ${JSON.stringify(attributes.name)}` : ''} is forbidden: ${why}`;
}

const everything: RulesReview = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};
const nothing: RulesReview = { resourceRules: [], nonResourceRules: [], incomplete: false };

/** Lets the group through that the first administrators and the server itself belong to. Upstream gives no reason and no rules. */
const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) => ({ allowed: user.groups.includes(MASTERS), reason: '' }),
  rulesFor: () => nothing,
};

const alwaysAllow: Authorizer = { authorize: () => ({ allowed: true, reason: '' }), rulesFor: () => everything };
const alwaysDeny: Authorizer = { authorize: () => ({ allowed: false, reason: 'Everything is forbidden.' }), rulesFor: () => nothing };

function authorizerOf(mode: string, { node, rbac }: { node?: Authorizer; rbac?: Authorizer }): Authorizer {
  const found = mode === 'AlwaysAllow' ? alwaysAllow : mode === 'AlwaysDeny' ? alwaysDeny : mode === 'Node' ? node : rbac;
  if (!found) throw new Error(`createAuthorizer: nothing given for mode ${mode}`);
  return found;
}

function union(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(asked): Decision {
      const attributes = withSelectedName(asked);
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes);
        if (decision.allowed) return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return { allowed: false, reason: reasons.join('\n') };
    },
    rulesFor: (user, namespace) => joinReviews(authorizers.map((authorizer) => authorizer.rulesFor(user, namespace))),
  };
}

/** A list or watch of one object by name counts as naming it, so that resourceNames can allow it. */
function withSelectedName(attributes: Attributes): Attributes {
  if (attributes.fieldSelector === undefined || attributes.name) return attributes;
  const name = selectedField(attributes.fieldSelector, 'metadata.name');
  return name === undefined ? attributes : { ...attributes, name };
}

function joinReviews(reviews: readonly RulesReview[]): RulesReview {
  const errors = reviews.flatMap((review) => review.evaluationError ?? []);
  return {
    resourceRules: reviews.flatMap((review) => review.resourceRules),
    nonResourceRules: reviews.flatMap((review) => review.nonResourceRules),
    incomplete: reviews.some((review) => review.incomplete),
    ...(errors.length > 0 && { evaluationError: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` }),
  };
}

/** Whether a user passes every check. */
export function isMaster(user: UserInfo): boolean {
  return user.groups.includes(MASTERS);
}
