/** The Node authorizer: a kubelet reads what its own Pods need, and writes what is its own. */
import type { PolicyRule } from '../../api/types.ts';
import { type Attributes, type Authorizer, type Decision, selectedField } from './attributes.ts';
import type { NodeRelations } from './node-graph.ts';
import { ruleAllows } from './policy-rule.ts';
import { nodeIdentity } from './user-info.ts';

const NODE_LEASES = 'kube-node-lease';
const allow: Decision = { allowed: true, reason: '' };
const deny = (reason: string): Decision => ({ allowed: false, reason });

/** `rules` are those of ClusterRole system:node: what is not bound to single objects. */
export function createNodeAuthorizer(relations: NodeRelations, rules: readonly PolicyRule[]): Authorizer {
  return {
    authorize(attributes) {
      const { isNode, nodeName } = nodeIdentity(attributes.user);
      if (!isNode) return deny('');
      if (!nodeName) return deny(`unknown node for user ${JSON.stringify(attributes.user.username)}`);
      const special = attributes.resource === undefined ? undefined : SPECIAL[`${attributes.resource}.${attributes.group ?? ''}`];
      if (special) return special(nodeName, attributes, relations);
      return rules.some((rule) => ruleAllows(rule, attributes)) ? allow : deny('');
    },
    rulesFor(user) {
      const { isNode } = nodeIdentity(user);
      return { resourceRules: [], nonResourceRules: [], incomplete: isNode, ...(isNode && { evaluationError: 'node authorizer does not support user rule resolution' }) };
    },
  };
}

type Check = (nodeName: string, attributes: Attributes, relations: NodeRelations) => Decision;

const related: Check = (nodeName, attributes, relations) => {
  if (!attributes.name) return deny('No Object name found');
  return relations.isRelated(nodeName, attributes.resource ?? '', attributes.namespace ?? '', attributes.name)
    ? allow
    : deny(`no relationship found between node '${nodeName}' and this object`);
};

const readRelated: Check = (nodeName, attributes, relations) => {
  if (!['get', 'list', 'watch'].includes(attributes.verb)) return deny('can only read resources of this type');
  if (attributes.subresource) return deny('cannot read subresource');
  if (!attributes.namespace) return deny('can only read namespaced object of this type');
  return related(nodeName, attributes, relations);
};

const getRelated: Check = (nodeName, attributes, relations) => {
  if (attributes.verb !== 'get') return deny('can only get individual resources of this type');
  if (attributes.subresource) return deny('cannot get subresource');
  return related(nodeName, attributes, relations);
};

const claim: Check = (nodeName, attributes, relations) => {
  if (attributes.subresource !== 'status') return getRelated(nodeName, attributes, relations);
  if (attributes.verb !== 'update' && attributes.verb !== 'patch') return deny('can only get/update/patch this type');
  return related(nodeName, attributes, relations);
};

const token: Check = (nodeName, attributes, relations) => {
  if (attributes.verb !== 'create' || !attributes.name) return deny('can only create tokens for individual service accounts');
  if (attributes.subresource !== 'token') return deny('can only create token subresource of serviceaccount');
  return related(nodeName, attributes, relations);
};

/** Objects named as the node; who creates one is checked by NodeRestriction, which sees the object. */
const ownName = (what: string, wrongName: string): Check => (nodeName, { verb, name }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return deny(`can only get, create, update, patch, or delete a ${what}`);
  return verb === 'create' || name === nodeName ? allow : deny(`can only access ${wrongName} with the same name as the requesting node`);
};

const lease: Check = (nodeName, attributes, relations) => {
  const decision = ownName('node lease', 'node lease')(nodeName, attributes, relations);
  if (attributes.namespace === NODE_LEASES || decision.reason.startsWith('can only get')) return decision;
  return deny(`can only access leases in the "${NODE_LEASES}" system namespace`);
};

const node: Check = (nodeName, { verb, subresource, name }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : deny('');
  if (subresource) return deny('');
  if (['create', 'update', 'patch'].includes(verb)) return allow;
  if (!['get', 'list', 'watch'].includes(verb)) return deny('');
  if (name === nodeName) return allow;
  return deny(name ? `node '${nodeName}' cannot read '${name}', only its own Node object` : `node '${nodeName}' cannot read all nodes, only its own Node object`);
};

const pod: Check = (nodeName, attributes, relations) => {
  const { verb, subresource } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : deny('');
  if (subresource === 'eviction') return verb === 'create' ? allow : deny('');
  if (subresource) return deny('');
  if (verb === 'create' || verb === 'delete') return allow;
  if (verb === 'get') return getRelated(nodeName, attributes, relations);
  if (verb !== 'list' && verb !== 'watch') return deny('');
  if (selectedField(attributes.fieldSelector, 'spec.nodeName') === nodeName) return allow;
  return attributes.name ? related(nodeName, attributes, relations) : deny('can only list/watch pods with spec.nodeName field selector');
};

const SPECIAL: Readonly<Record<string, Check>> = {
  'secrets.': readRelated,
  'configmaps.': readRelated,
  'persistentvolumeclaims.': claim,
  'persistentvolumes.': getRelated,
  'resourceclaims.resource.k8s.io': getRelated,
  'volumeattachments.storage.k8s.io': getRelated,
  'serviceaccounts.': token,
  'leases.coordination.k8s.io': lease,
  'csinodes.storage.k8s.io': ownName('CSINode', 'CSINode'),
  'nodes.': node,
  'pods.': pod,
};
