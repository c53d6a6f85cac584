/** CronJobs. */
import { changed, withDefaults, withField } from '../defaulting.ts';
import { parseSchedule, ScheduleError } from '../cron-schedule.ts';
import { ageSince } from '../duration.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { formatLabelSelector } from '../labels.ts';
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import type { CronJob } from '../types.ts';
import { nonNegative, oneOf } from '../validation/common.ts';
import { jobSpecErrors } from '../validation/job.ts';
import { ageColumn, column, nameColumn, templateColumns, wideColumn } from './columns.ts';

type Spec = CronJob['spec'];

const NAME_MAX = 52; // leaves eleven characters for the suffix of the Jobs' names

export const cronJob: Kind<CronJob> = {
  group: 'batch', version: 'v1', kind: 'CronJob', plural: 'cronjobs', singular: 'cronjob', shortNames: ['cj'], categories: ['all'], namespaced: true,
  hasStatus: true,
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec ?? ({} as Spec))), // validation says what is missing
  prepare: (object, old) => (old ? object : { ...object, status: {} }),
  validate: ({ metadata, spec }, old) => (old && old.spec === spec ? [] : [
    ...specErrors(spec, old?.spec),
    ...(!old && metadata.name.length > NAME_MAX ? [invalid('metadata.name', metadata.name, `must be no more than ${NAME_MAX} characters`)] : []),
  ]),
  columns: [
    nameColumn,
    column('Schedule', ({ spec }) => spec.schedule),
    column('Timezone', ({ spec }) => spec.timeZone || '<none>'),
    { name: 'Suspend', type: 'boolean', cell: ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False') },
    { name: 'Active', type: 'integer', cell: ({ status }) => status.active?.length ?? 0 },
    column('Last Schedule', ({ status }, { nowMs }) => (status.lastScheduleTime ? ageSince(status.lastScheduleTime, nowMs) : '<none>')),
    ageColumn,
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec.jobTemplate.spec?.selector)),
  ],
};

function specWithDefaults(given: Spec): Spec {
  const spec = withDefaults(given, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, jobTemplate: {} });
  const jobTemplate = withDefaults(spec.jobTemplate, { metadata: {}, spec: { template: {} } });
  const job = changed(jobTemplate.spec, (each) => withField(each, 'template', templateWithDefaults(each.template ?? {})));
  return withField(spec, 'jobTemplate', withField(jobTemplate, 'spec', job));
}

function specErrors(spec: Spec, old: Spec | undefined): FieldError[] {
  return [
    ...(spec.schedule ? scheduleErrors('spec.schedule', spec, old?.schedule.includes('TZ') ?? false) : [required('spec.schedule')]),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(old && old.timeZone === spec.timeZone ? [] : timeZoneErrors('spec.timeZone', spec.timeZone)),
    ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    // Jobs of a CronJob get their modes when they are created.
    ...jobSpecErrors('spec.jobTemplate.spec', withDefaults(spec.jobTemplate.spec ?? { template: {} }, { completionMode: 'NonIndexed' }), 'template'),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

/** A schedule that names a zone itself is refused, but for one that did so before. */
function scheduleErrors(field: string, { schedule, timeZone }: Spec, mayNameZone: boolean): FieldError[] {
  const errors: FieldError[] = [];
  try {
    parseSchedule(schedule.replace(/^(CRON_)?TZ=\S* */, ''));
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    errors.push(invalid(field, schedule, error.message));
  }
  if (!schedule.includes('TZ') || (mayNameZone && timeZone === undefined)) return errors;
  return [...errors, invalid(field, schedule, mayNameZone ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule' : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
}

function timeZoneErrors(field: string, zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local') return [invalid(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(zone) ? [] : [invalid(field, zone, `unknown time zone ${zone}`)];
}

/** True for a name in the time zone database that Node carries; unlike Node, its files know lower case from upper. */
function isTimeZone(zone: string): boolean {
  if (!zone.split('/').every((part) => /^[A-Z][A-Za-z._0-9+-]{0,13}$/.test(part))) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    return true;
  } catch {
    return false;
  }
}
