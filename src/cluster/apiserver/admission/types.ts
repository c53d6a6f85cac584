/** Admission: what a plugin is told of a write, and what it may do. */
import type { Annotate } from '../security.ts';
import type { Random } from '../../../time/random.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import type { Attributes, Decision } from '../auth/attributes.ts';
import type { UserInfo } from '../auth/user-info.ts';
import { forbidden, type StatusError } from '../errors.ts';

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  kind: Kind;
  /** '' or undefined for the object itself. */
  subresource?: string;
  namespace?: string;
  name: string;
  /** As it would be stored; of a DELETE the object that goes. */
  object: KubeObject;
  oldObject?: KubeObject;
  user: UserInfo;
  dryRun: boolean;
  /** Adds to the request's entry in the audit log; to its Warning headers. */
  readonly annotate?: Annotate;
  warn?(text: string): void;
  /** Mutating admission goes round once more, as a webhook or policy has changed what earlier plugins saw. */
  isReinvocation?: boolean;
}

/** An HTTPS exchange with a webhook: of `serverName`, dialled at `address`. Throws NetworkError. */
export type WebhookCaller = (call: { url: string; address?: string; ca?: string; timeoutSeconds: number; body: string }) => { status: number; body: string };

/** What plugins may look at, and the one thing they may write. */
export interface AdmissionReader {
  get(plural: string, group: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** All of a kind, in a namespace or everywhere. */
  list(plural: string, group: string, namespace?: string): readonly KubeObject[];
  random: Random;
  /** Writes an object's status (usage of a quota); false if it has changed meanwhile. */
  updateStatus?(plural: string, group: string, object: KubeObject): boolean;
  /** What is served, custom resources included. */
  kinds?(): readonly Kind[];
  /** Posts to a webhook over the network. */
  callWebhook?: WebhookCaller;
  /** Needed by plugins that ask what the user may do besides. */
  authorize?(attributes: Attributes): Decision;
}

/** One admission plugin. Both steps throw StatusError to refuse. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins. */
  readonly name: string;
  /** Configured by objects: when it changes something the whole chain is asked again. */
  readonly isDynamic?: boolean;
  /** Gives the object as it goes on: the same one if nothing is to be changed, else a copy. */
  mutate?(request: AdmissionRequest, cluster: AdmissionReader): KubeObject;
  /** Looks at the final object; texts it gives become warnings. */
  validate?(request: AdmissionRequest, cluster: AdmissionReader): readonly string[] | void;
}

/** Whether a request is about this resource itself (not a subresource). */
export function concerns(request: AdmissionRequest, plural: string, group = ''): boolean {
  return request.kind.plural === plural && request.kind.group === group && !request.subresource;
}

/** The Pod about to be created, if that is what the request is about. */
export function createdPod(request: AdmissionRequest): Pod | undefined {
  // Cast: the kind says what the object is.
  return request.operation === 'CREATE' && concerns(request, 'pods') ? (request.object as Pod) : undefined;
}

/** `pods "x" is forbidden: <why>`. */
export function refuse({ kind, name, object }: AdmissionRequest, why: string): StatusError {
  return forbidden(kind, name || object.metadata.name || object.metadata.generateName || 'Unknown', why);
}
