/** What the request path asks of authentication, authorization and admission: implemented in auth/ and admission/. */
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/types.ts';
import type { Credential } from './request.ts';
import type { Operation } from './registry/registry.ts';

/** Who a request is from, once believed. */
export interface UserInfo { username: string; uid?: string; groups: readonly string[]; extra?: Readonly<Record<string, readonly string[]>> }

/** What a request wants to do. */
export interface Attributes {
  user: UserInfo;
  verb: string;
  isResource: boolean;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  path: string;
  /** Of lists and watches, as in the query. */
  fieldSelector?: string;
}

/** Adds an annotation to a request's entry in the audit log; with a trace, also what each step did is noted there. */
export interface Annotate { (key: string, value: string): void; readonly trace?: RequestTrace }

/** A request's way through the API server, noted while somebody wants to see it. */
export interface RequestTrace {
  user?: UserInfo;
  impersonator?: UserInfo;
  authorization?: { allowed: boolean; reason: string };
  /** The admission plugin that was asked last: of a refused request the one that refused. */
  plugin?: string;
  readonly changed: { readonly plugin: string; readonly before: KubeObject; readonly after: KubeObject }[];
  readonly warned: { readonly plugin: string; readonly text: string }[];
}

export interface Security {
  /** Called once the storage is open, at every start. */
  start?(): void;
  /** The user behind a credential; undefined answers 401. */
  authenticate(credential: Credential | undefined, path: string): UserInfo | undefined;
  /** Whether the user may; `reason` is what follows "is forbidden: ", `cause` what the authorizers themselves said against it. */
  authorize(attributes: Attributes): { allowed: boolean; reason: string; cause?: string };
  /** Mutating admission: the object as it goes on. Throws StatusError. */
  mutate(operation: Operation, user: UserInfo, warn: (text: string) => void, dryRun: boolean, annotate?: Annotate): KubeObject;
  /** Validating admission. Throws StatusError. */
  check(operation: Operation, user: UserInfo, warn: (text: string) => void, dryRun: boolean, annotate?: Annotate): void;
  /** Answers a review that is posted but not stored (SubjectAccessReview, TokenReview, …); undefined: not one of its kinds. */
  review?(kind: string, body: KubeObject, user: UserInfo, namespace: string): KubeObject | undefined;
  /** The OpenID documents about the issuer of ServiceAccount tokens: discovery and keys; undefined for other paths. */
  openId?(path: string): object | undefined;
  /** Issues a token for a ServiceAccount; `user` is who asks. */
  issueToken?(serviceAccount: KubeObject, request: KubeObject, user?: UserInfo): KubeObject;
}

/** Lets everyone do everything, as `--authorization-mode=AlwaysAllow` with anonymous requests does. */
export const OPEN_SECURITY: Security = {
  authenticate: () => ({ username: 'system:admin', groups: ['system:masters', 'system:authenticated'] }),
  authorize: () => ({ allowed: true, reason: '' }),
  mutate: (operation) => operation.object,
  check: () => undefined,
};

/** Attributes of a kind's object for checks that are no request of their own. */
export function attributesFor(user: UserInfo, verb: string, kind: Pick<Kind, 'group' | 'version' | 'plural'>, namespace = '', name = ''): Attributes {
  return { user, verb, isResource: true, group: kind.group, version: kind.version, resource: kind.plural, subresource: '', namespace, name, path: '' };
}
