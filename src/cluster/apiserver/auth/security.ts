/** The API server's security as its flags configure it, over its own storage. */
import type { Clock } from '../../../time/clock.ts';
import type { Random } from '../../../time/random.ts';
import type { ClusterRole, ClusterRoleBinding, KubeObject, Pod, Role, RoleBinding, Secret, ServiceAccount } from '../../api/types.ts';
import { admissionPlugins, mutate, validate } from '../admission/chain.ts';
import type { AdmissionReader, AdmissionRequest, WebhookCaller } from '../admission/types.ts';
import { badRequest, conflict, failure, forbidden, invalid, notFound } from '../errors.ts';
import type { Operation } from '../registry/registry.ts';
import type { Attributes as RequestAttributes, Security } from '../security.ts';
import type { Storage, StoredEvent } from '../storage.ts';
import type { Attributes, Authorizer } from './attributes.ts';
import { authenticate, authenticateToken, type AuthenticationOptions } from './authenticate.ts';
import { createAuthorizer, denial } from './authorize.ts';
import { nodeRules } from './bootstrap-policy.ts';
import { checkEscalation } from './escalation.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';
import { NodeGraph } from './node-graph.ts';
import { RbacAuthorizer } from './rbac.ts';
import { localSubjectAccessReview, type Review, selfSubjectAccessReview, selfSubjectReview, selfSubjectRulesReview, subjectAccessReview, tokenReview, validateAccessReview } from './reviews.ts';
import { DEFAULT_ISSUER, openIdDocument } from '../../pki/service-account-token.ts';
import { issueServiceAccountToken, type TokenRequestSpec, validateTokenRequest } from './token-request.ts';
import type { UserInfo } from './user-info.ts';

/** What kube-apiserver's flags say, files read. */
export interface SecurityOptions {
  clock: Clock;
  random: Random;
  /** --client-ca-file, --service-account-key-file, --service-account-signing-key-file: PEM texts. */
  clientCa?: string;
  serviceAccountKey?: string;
  serviceAccountSigningKey?: string;
  /** --service-account-issuer, --api-audiences, --service-account-extend-token-expiration. */
  issuer?: string;
  audiences?: readonly string[];
  extendTokenExpiration?: boolean;
  /** --token-auth-file, --anonymous-auth, --enable-bootstrap-token-auth. */
  tokens?: ReadonlyMap<string, UserInfo>;
  anonymous?: AuthenticationOptions['anonymous'];
  bootstrapTokens?: boolean;
  /** --service-account-lookup. */
  lookup?: boolean;
  legacyTokenUsed?: AuthenticationOptions['legacyTokenUsed'];
  /** --authorization-mode; see `validateModes`. */
  authorizationModes: readonly string[];
  /** --enable-admission-plugins, --disable-admission-plugins; see `validatePlugins`. */
  enableAdmissionPlugins?: readonly string[];
  disableAdmissionPlugins?: readonly string[];
  /** The way to admission webhooks. */
  callWebhook?: WebhookCaller;
}

const RBAC = 'rbac.authorization.k8s.io';
const core = (plural: string) => ({ group: '', plural });
const rbacKind = (plural: string) => ({ group: RBAC, plural });
const PODS = { ...core('pods'), kind: 'Pod' };

/** Throws an Error with kube-apiserver's complaint about unknown modes. */
export function createSecurity(storage: Storage, options: SecurityOptions): Security {
  const objects = new StoredObjects(storage, options.random.fork('admission'));
  const rbac = new RbacAuthorizer(objects);
  const authorizer = createAuthorizer(options.authorizationModes, { rbac, node: createNodeAuthorizer(objects, nodeRules()) });
  const authorize = (attributes: Attributes) => authorizer.authorize(attributes);
  const plugins = admissionPlugins({ enable: options.enableAdmissionPlugins, disable: options.disableAdmissionPlugins });
  const reader: AdmissionReader = { ...objects.admissionReader(authorize), callWebhook: options.callWebhook };
  const authentication: AuthenticationOptions = {
    ...options, anonymous: options.anonymous ?? true, get nowMs() { return options.clock.now(); }, audiences: options.audiences ?? (options.issuer ? [options.issuer] : undefined),
    // Casts: each plural holds its kind.
    lookupServiceAccount: (namespace, name) => objects.get('serviceaccounts', '', namespace, name) as ServiceAccount | undefined,
    lookupPod: (namespace, name) => objects.get('pods', '', namespace, name) as Pod | undefined,
    lookupNodeUid: (name) => objects.get('nodes', '', undefined, name)?.metadata.uid,
    lookupSecret: (namespace, name) => objects.get('secrets', '', namespace, name) as Secret | undefined,
  };
  return {
    start: () => objects.start(),
    authenticate: (credential, path) => authenticate(credential, authentication, path),
    authorize(asked) {
      const attributes = attributesOf(asked);
      const { allowed, reason } = authorizer.authorize(attributes);
      return allowed ? { allowed, reason } : { allowed, reason: denial(attributes, reason), cause: reason };
    },
    mutate: (operation, user, warn, dryRun, annotate) => mutate({ ...admissionRequest(operation, user, dryRun), warn, annotate }, reader, plugins),
    check(operation, user, warn, dryRun, annotate) {
      const request = { ...admissionRequest(operation, user, dryRun), warn, annotate };
      if (operation.kind.group === RBAC && (operation.verb === 'CREATE' || operation.verb === 'UPDATE')) refuseEscalation(request, rbac, authorize);
      for (const warning of validate(request, reader, plugins)) warn(warning);
    },
    review: (kind, body, user, namespace) => review({ kind, body: body as unknown as Review, user, namespace, authorizer, authentication, nowMs: options.clock.now() }),
    openId: (path) => (options.serviceAccountKey === undefined ? undefined : openIdDocument(path, options.issuer ?? DEFAULT_ISSUER, options.serviceAccountKey)),
    issueToken(serviceAccount, request, user) {
      if (user) {
        const kind = storage.resource(core('serviceaccounts')).kind;
        const { name, namespace } = serviceAccount.metadata;
        validate({ operation: 'CREATE', kind, subresource: 'token', namespace, name, object: request, user, dryRun: false }, reader, plugins);
      }
      return issueToken(serviceAccount as ServiceAccount, request, objects, options); // the plural says so
    },
  };
}

/** What authorizers and plugins read, kept current by the storage's changes. */
class StoredObjects {
  readonly #storage: Storage;
  readonly #random: Random;
  #graph = new NodeGraph();
  /** Plurals by group: asked for with each request. */
  readonly #served = new Map<string, Set<string>>();
  #revision = 0;
  #follows = false;

  constructor(storage: Storage, random: Random) {
    this.#storage = storage;
    this.#random = random;
  }

  /** Reads what is there, once the storage is open. */
  start(): void {
    this.#served.clear();
    for (const { group, plural } of this.#storage.kinds()) this.#served.set(group, (this.#served.get(group) ?? new Set()).add(plural));
    this.#revision++;
    this.#graph = new NodeGraph();
    const changes = this.#changes();
    for (const [{ group, plural }, changed] of changes) for (const object of this.list(plural, group)) changed(object, undefined);
    if (!this.#follows) for (const [kind, changed] of changes) this.#follow(kind, (event) => changed(event.type === 'DELETED' ? undefined : event.object, event.old));
    if (!this.#follows) for (const plural of ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']) this.#follow(rbacKind(plural), () => { this.#revision++; });
    this.#follows = true;
  }

  get(plural: string, group: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#serves(plural, group) ? this.#storage.get({ plural, group }, name, namespace) : undefined;
  }

  list(plural: string, group: string, namespace?: string): KubeObject[] {
    return this.#serves(plural, group) ? this.#storage.list({ plural, group }, namespace) : [];
  }

  isRelated(nodeName: string, resource: string, namespace: string, name: string): boolean {
    return this.#graph.isRelated(nodeName, resource, namespace, name);
  }

  // Casts: each plural holds its kind.
  roles(namespace: string): Role[] { return this.list('roles', RBAC, namespace) as Role[]; }
  roleBindings(namespace: string): RoleBinding[] { return this.list('rolebindings', RBAC, namespace) as RoleBinding[]; }
  clusterRoles(): ClusterRole[] { return this.list('clusterroles', RBAC) as ClusterRole[]; }
  clusterRoleBindings(): ClusterRoleBinding[] { return this.list('clusterrolebindings', RBAC) as ClusterRoleBinding[]; }
  revision(): number { return this.#revision; }

  admissionReader(authorize: NonNullable<AdmissionReader['authorize']>): AdmissionReader {
    return {
      authorize,
      random: this.#random,
      kinds: () => this.#storage.kinds(),
      get: (plural, group, namespace, name) => this.get(plural, group, namespace, name),
      list: (plural, group, namespace) => this.list(plural, group, namespace),
      updateStatus: (plural, group, object) => {
        const { kind } = this.#storage.resource({ plural, group });
        return this.#storage.write(kind, object, object.metadata.resourceVersion) !== undefined;
      },
    };
  }

  #changes(): [{ group: string; plural: string }, (now: KubeObject | undefined, old: KubeObject | undefined) => void][] {
    return [
      [core('pods'), (now, old) => this.#graph.podChanged(now as Pod | undefined, old as Pod | undefined)], // the plural says so
      [core('persistentvolumes'), (now, old) => this.#graph.persistentVolumeChanged(now, old)],
      [{ group: 'storage.k8s.io', plural: 'volumeattachments' }, (now, old) => this.#graph.volumeAttachmentChanged(now, old)],
    ];
  }

  #follow(kind: { group: string; plural: string }, listener: (event: StoredEvent) => void): void {
    if (this.#serves(kind.plural, kind.group)) this.#storage.resource(kind).listeners.add(listener);
  }

  #serves(plural: string, group: string): boolean {
    return this.#served.get(group)?.has(plural) === true;
  }
}

function attributesOf({ user, verb, isResource, group, version, resource, subresource, namespace, name, path, fieldSelector }: RequestAttributes): Attributes {
  return isResource ? { user, verb, group, version, resource, subresource, namespace, name, fieldSelector } : { user, verb, path };
}

function admissionRequest({ verb, kind, subresource, namespace, name, object, old }: Operation, user: UserInfo, dryRun: boolean): AdmissionRequest {
  return { operation: verb, kind, subresource, namespace, name, object, oldObject: old, user, dryRun };
}

function refuseEscalation({ kind, name, object, oldObject, user }: AdmissionRequest, rbac: RbacAuthorizer, authorize: (attributes: Attributes) => { allowed: boolean; reason: string }): void {
  const refusal = checkEscalation({ user, object, old: oldObject, rbac, authorize });
  if (!refusal) return;
  if ('forbidden' in refusal) throw forbidden(kind, name, refusal.forbidden);
  throw failure(404, 'NotFound', refusal.notFound, { group: kind.group, kind: refusal.notFound.split('.')[0] });
}

function review(asked: { kind: string; body: Review; user: UserInfo; namespace: string; authorizer: Authorizer; authentication: AuthenticationOptions; nowMs: number }): KubeObject | undefined {
  const { kind, body, user, namespace, authorizer } = asked;
  if (kind.endsWith('AccessReview')) {
    const errors = validateAccessReview(kind, body, namespace);
    if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', plural: `${kind.toLowerCase()}s`, kind }, '', errors);
  }
  const answers: Readonly<Record<string, () => unknown>> = {
    SelfSubjectAccessReview: () => selfSubjectAccessReview(body, user, authorizer),
    SubjectAccessReview: () => subjectAccessReview(body, authorizer),
    LocalSubjectAccessReview: () => localSubjectAccessReview(body, authorizer),
    SelfSubjectRulesReview: () => selfSubjectRulesReview(body, user, authorizer),
    SelfSubjectReview: () => selfSubjectReview(user, asked.nowMs),
    TokenReview: () => tokenReview(body, (token, audiences) => authenticateToken(token, asked.authentication, audiences)),
  };
  return answers[kind]?.() as KubeObject | undefined; // a review has apiVersion, kind and metadata, but no name
}

function issueToken(serviceAccount: ServiceAccount, request: KubeObject, objects: StoredObjects, options: SecurityOptions): KubeObject {
  const { serviceAccountSigningKey: keyPem, issuer, random, clock } = options;
  if (keyPem === undefined) throw failure(404, 'NotFound', 'the server could not find the requested resource', {});
  const spec = (request.spec ?? {}) as TokenRequestSpec; // a TokenRequest
  const errors = validateTokenRequest(spec);
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', plural: 'tokenrequests', kind: 'TokenRequest' }, '', errors);
  const bound = boundObject(serviceAccount, spec, objects);
  const { name, namespace, uid } = serviceAccount.metadata;
  const answer = issueServiceAccountToken({ serviceAccount, spec, ...bound, keyPem, issuer, extendExpiration: options.extendTokenExpiration, nowMs: clock.now(), random });
  const metadata = { name, namespace, uid, creationTimestamp: new Date(Math.floor(clock.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z') };
  return { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: metadata as KubeObject['metadata'], ...answer }; // not stored: no resourceVersion
}

/** The Pod, Secret or Node that the token is to die with. Throws NotFound, Conflict or BadRequest. */
function boundObject(serviceAccount: ServiceAccount, { boundObjectRef }: TokenRequestSpec, objects: StoredObjects): Pick<Parameters<typeof issueServiceAccountToken>[0], 'pod' | 'node' | 'secret'> {
  if (!boundObjectRef) return {};
  const { namespace, name: account } = serviceAccount.metadata;
  const { kind = '', name = '', uid } = boundObjectRef;
  const kinds: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };
  const plural = kinds[kind];
  if (!plural) throw badRequest(`cannot bind token to object of type ${boundObjectRef.apiVersion ?? ''}, Kind=${kind}`);
  const found = objects.get(plural, '', kind === 'Node' ? undefined : namespace, name);
  if (!found) throw notFound({ group: '', plural, kind }, name);
  if (uid && uid !== found.metadata.uid) {
    throw conflict({ ...PODS, plural }, name, `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`);
  }
  const reference = { name, uid: found.metadata.uid };
  if (kind === 'Secret') return { secret: reference };
  if (kind === 'Node') return { node: reference };
  const { nodeName, serviceAccountName } = (found as Pod).spec; // the plural says so
  if (serviceAccountName !== account) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`);
  const node = nodeName ? objects.get('nodes', '', undefined, nodeName) : undefined;
  return { pod: reference, ...(nodeName && { node: { name: nodeName, uid: node?.metadata.uid ?? '' } }) };
}
