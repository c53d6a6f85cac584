/** Pods. */
import { withDefaults, withField } from '../defaulting.ts';
import type { Kind } from '../kind.ts';
import { podWithDefaults } from '../pod-spec-defaults.ts';
import { formatRestarts, isFinished, summarizePod } from '../pod-status.ts';
import { podWarnings } from '../pod-warnings.ts';
import { qosClassOf } from '../qos.ts';
import type { Pod, PodCondition } from '../types.ts';
import { podCreate } from '../validation/pod-spec.ts';
import { ephemeralUpdate } from '../validation/ephemeral.ts';
import { withLabelKeys } from '../label-keys.ts';
import { podResize } from '../validation/pod-resize.ts';
import { podUpdate } from '../validation/pod-update.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

const post = ['create'];
const change = ['get', 'patch', 'update'];

export const pod: Kind<Pod> = {
  group: '', version: 'v1', kind: 'Pod', plural: 'pods', singular: 'pod', shortNames: ['po'], categories: ['all'], namespaced: true,
  hasStatus: true,
  subresources: {
    attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    binding: { kind: 'Binding', verbs: post },
    ephemeralcontainers: { kind: 'Pod', verbs: change, validate: ephemeralUpdate },
    eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: post },
    exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
    log: { kind: 'Pod', verbs: ['get'] },
    portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    proxy: { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    resize: { kind: 'Pod', verbs: change, validate: podResize },
  },
  fields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
  // Admission may still change resources after `prepare`, so the class is filled in with the defaults, which come last.
  defaults: (object) => {
    const complete = podWithDefaults(object);
    return complete.status?.phase ? withField(complete, 'status', withDefaults(complete.status, { qosClass: qosClassOf(complete.spec) })) : complete;
  },
  prepare: (object, old) => (old ? object : { ...withLabelKeys(object), status: { phase: 'Pending', ...gatedConditions(object) } }),
  validate: (object, old) => {
    if (old && old.spec === object.spec) return [];
    return old ? podUpdate(object, old) : podCreate(object.spec);
  },
  warnings: (object, old) => (old && old.spec === object.spec ? [] : podWarnings('spec', object.spec)),
  gracePeriodSeconds: (object) => {
    if (!object.spec.nodeName || isFinished(object)) return 0;
    const seconds = object.spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
  columns: [
    nameColumn,
    column('Ready', (object) => {
      const { readyContainers, totalContainers } = summarizePod(object);
      return `${readyContainers}/${totalContainers}`;
    }),
    column('Status', (object) => summarizePod(object).status),
    column('Restarts', (object, { nowMs }) => formatRestarts(summarizePod(object), nowMs)),
    ageColumn,
    wideColumn('IP', ({ status }) => status.podIPs?.[0]?.ip || status.podIP || '<none>'),
    wideColumn('Node', ({ spec }) => spec.nodeName || '<none>'),
    wideColumn('Nominated Node', ({ status }) => status.nominatedNodeName || '<none>'),
    wideColumn('Readiness Gates', readinessGates),
  ],
};

function gatedConditions({ spec }: Pod): Pick<Pod['status'], 'conditions'> {
  if (!spec.schedulingGates?.length) return {};
  const condition: PodCondition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' };
  return { conditions: [condition] };
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(({ conditionType }) => status.conditions?.some(({ type, status: state }) => type === conditionType && state === 'True'));
  return `${met.length}/${gates.length}`;
}
