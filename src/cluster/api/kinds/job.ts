/** Jobs. */
import { changed, withDefaults, withField } from '../defaulting.ts';
import { humanDuration } from '../duration.ts';
import { type FieldError, invalid } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { formatLabelSelector } from '../labels.ts';
import { dnsLabelErrors } from '../names.ts';
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import type { Job, JobSpec } from '../types.ts';
import { jobSpecErrors, jobUpdateErrors } from '../validation/job.ts';
import { ageColumn, column, nameColumn, templateColumns, wideColumn } from './columns.ts';
import { templateWarnings } from './workload.ts';

export const job: Kind<Job> = {
  group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', singular: 'job', shortNames: [], categories: ['all'], namespaced: true,
  hasStatus: true,
  fields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  defaults: (object) => {
    const spec = specWithDefaults(object.spec ?? ({} as JobSpec)); // validation says what is missing
    const labels = spec.template?.metadata?.labels;
    const metadata = labels && Object.keys(object.metadata.labels ?? {}).length === 0 ? { ...object.metadata, labels } : object.metadata;
    return withField(withField(object, 'spec', spec), 'metadata', metadata);
  },
  prepare: (object, old) => (old ? object : { ...withGeneratedSelector(object), status: {} }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...jobSpecErrors('spec', object.spec, 'started'), ...(old ? jobUpdateErrors('spec', object.spec, old.spec) : hostnameErrors(object))]),
  warnings: templateWarnings,
  columns: [
    nameColumn,
    column('Status', jobStatus),
    column('Completions', completions),
    column('Duration', ({ status }, { nowMs }) => (status.startTime ? humanDuration((status.completionTime ? Date.parse(status.completionTime) : nowMs) - Date.parse(status.startTime)) : '')),
    ageColumn,
    ...templateColumns<Job>(({ spec }) => spec.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec.selector)),
  ],
};

/** The Pod of the last index gets its number after the Job's name, as its host's name. */
function hostnameErrors({ metadata: { name }, spec: { completionMode, completions = 0 } }: Job): FieldError[] {
  const last = `${name}-${completions - 1}`;
  return completionMode === 'Indexed' && completions > 0 && dnsLabelErrors(last).length > 0 ? [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)] : [];
}

function specWithDefaults(given: JobSpec): JobSpec {
  const onlyOne = given.completions === undefined && given.parallelism === undefined;
  const spec = withDefaults(withField(given, 'template', templateWithDefaults(given.template ?? {})), {
    completions: onlyOne ? 1 : undefined, parallelism: 1, backoffLimit: given.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647,
    completionMode: 'NonIndexed', suspend: false, manualSelector: false,
    podReplacementPolicy: given.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  });
  return withField(spec, 'podFailurePolicy', changed(spec.podFailurePolicy, (policy) => withField(policy, 'rules', policy.rules.map((rule) =>
    withField(rule, 'onPodConditions', rule.onPodConditions?.map((condition) => withDefaults(condition, { status: 'True' })))))));
}

/** Unless the selector is the user's, a Job selects by its own uid, and labels its Pods with it and its name. */
function withGeneratedSelector(object: Job): Job {
  const { metadata: { name, uid }, spec } = object;
  if (spec.manualSelector) return object;
  const { template } = spec;
  const labels = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name };
  const metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } };
  const selector = { matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
  return { ...object, spec: { ...spec, selector, template: { ...template, metadata } } };
}

const shownConditions = ['Complete', 'Failed'] as const;

/** STATUS: `Complete`, `Failed`, `Terminating`, `Suspended`, `FailureTarget`, `SuccessCriteriaMet` or `Running`. */
function jobStatus({ metadata, status }: Job): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  const finished = shownConditions.find(has);
  if (finished) return finished;
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(has) ?? 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}
