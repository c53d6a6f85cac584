/** The review APIs: answers of authorizer and authenticator as objects. Nothing is stored. */
import { type FieldError, invalid } from '../../api/field-error.ts';
import { formatSeconds } from '../../pki/certificate.ts';
import type { Attributes, Authorizer } from './attributes.ts';
import type { UserInfo } from './user-info.ts';

/** A review as clients send it. */
export interface Review {
  apiVersion?: string;
  kind?: string;
  metadata?: Record<string, unknown>;
  spec?: {
    resourceAttributes?: { namespace?: string; verb?: string; group?: string; version?: string; resource?: string; subresource?: string; name?: string; fieldSelector?: { rawSelector?: string } };
    nonResourceAttributes?: { path?: string; verb?: string };
    /** Of Subject- and LocalSubjectAccessReviews. */
    user?: string;
    groups?: readonly string[];
    uid?: string;
    extra?: Readonly<Record<string, readonly string[]>>;
    /** Of SelfSubjectRulesReviews. */
    namespace?: string;
    /** Of TokenReviews. */
    token?: string;
    audiences?: readonly string[];
  };
}

/** The answer: the review itself with its status. */
export type Reviewed = Review & { metadata: Record<string, unknown>; status: Record<string, unknown> };

/** What is wrong with an access review (`kind` as in the path: SelfSubjectAccessReview, …). */
export function validateAccessReview(kind: string, review: Review, namespace?: string): FieldError[] {
  const { resourceAttributes, nonResourceAttributes, user, groups } = review.spec ?? {};
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes'));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(invalid('spec.resourceAttributes', resourceAttributes, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'));
  }
  if (kind !== 'SelfSubjectAccessReview' && !user && !groups?.length) {
    errors.push(invalid('spec.user', user ?? '', "at least one of user or group must be specified"));
  }
  if (kind === 'LocalSubjectAccessReview') {
    if (nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request'));
    if (resourceAttributes && resourceAttributes.namespace !== namespace) {
      errors.push(invalid('spec.resourceAttributes.namespace', resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
    }
  }
  return errors;
}

/** `kubectl auth can-i`: may the asking user do this? */
export function selfSubjectAccessReview(review: Review, user: UserInfo, authorizer: Authorizer): Reviewed {
  return accessReview('SelfSubjectAccessReview', review, user, authorizer);
}

/** May the user named in the review do this? */
export function subjectAccessReview(review: Review, authorizer: Authorizer): Reviewed {
  return accessReview('SubjectAccessReview', review, subjectOf(review), authorizer);
}

/** The same, in the namespace it was sent to. */
export function localSubjectAccessReview(review: Review, authorizer: Authorizer): Reviewed {
  return accessReview('LocalSubjectAccessReview', review, subjectOf(review), authorizer);
}

/** `kubectl auth can-i --list`: everything the asking user may do in a namespace. */
export function selfSubjectRulesReview(review: Review, user: UserInfo, authorizer: Authorizer): Reviewed {
  const { resourceRules, nonResourceRules, incomplete, evaluationError } = authorizer.rulesFor(user, review.spec?.namespace ?? '');
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    // The real server empties the spec of its answer.
    spec: {},
    status: { resourceRules, nonResourceRules, incomplete, ...(evaluationError !== undefined && { evaluationError }) },
  };
}

/** `kubectl auth whoami`. */
export function selfSubjectReview(user: UserInfo, nowMs: number): Reviewed {
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: formatSeconds(nowMs) },
    status: { userInfo: userInfoOf(user) },
  };
}

/** Whose token is it? `authenticate` gets the token and the audiences asked for. */
export function tokenReview(review: Review, authenticate: (token: string, audiences: readonly string[] | undefined) => { user: UserInfo; audiences: readonly string[] } | undefined): Reviewed {
  const { token = '', audiences } = review.spec ?? {};
  const answer = token ? authenticate(token, audiences) : undefined;
  return {
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: review.metadata ?? {},
    spec: review.spec ?? {},
    status: answer
      ? { authenticated: true, user: userInfoOf(answer.user), audiences: answer.audiences }
      : { user: {}, error: '[invalid bearer token]' },
  };
}

function accessReview(kind: string, review: Review, user: UserInfo, authorizer: Authorizer): Reviewed {
  const { allowed, reason } = authorizer.authorize(attributesOf(review, user));
  return {
    kind,
    apiVersion: 'authorization.k8s.io/v1',
    metadata: review.metadata ?? {},
    spec: review.spec ?? {},
    status: { allowed, ...(reason && { reason }) },
  };
}

function attributesOf(review: Review, user: UserInfo): Attributes {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if (!resourceAttributes) return { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { fieldSelector, resource = '', verb = '', ...rest } = resourceAttributes;
  return { ...rest, user, verb, resource, ...(fieldSelector?.rawSelector && { fieldSelector: fieldSelector.rawSelector }) };
}

function subjectOf(review: Review): UserInfo {
  const { user = '', groups = [], uid, extra } = review.spec ?? {};
  return { username: user, groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
}

function userInfoOf(user: UserInfo): Record<string, unknown> {
  const { username, uid, groups, extra } = user;
  const hasExtra = extra !== undefined && Object.keys(extra).length > 0;
  return { username, ...(uid !== undefined && { uid }), ...(groups.length > 0 && { groups }), ...(hasExtra && { extra }) };
}
