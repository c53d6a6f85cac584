/** Pod templates of workloads, and how their selectors fit. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { sortedKeys } from '../internal-form.ts';
import { matchesLabelSelector } from '../labels.ts';
import { annotationErrors, labelErrors } from '../names.ts';
import type { LabelSelector, PodTemplateSpec } from '../types.ts';
import { labelSelector } from './common.ts';
import { podSpec } from './pod-spec.ts';

/** A template by itself; `field` is its path. */
export function podTemplate(field: string, template: PodTemplateSpec | undefined): FieldError[] {
  return [
    ...labelErrors(`${field}.labels`, template?.metadata?.labels ?? {}),
    ...annotationErrors(`${field}.annotations`, template?.metadata?.annotations ?? {}),
    ...podSpec(`${field}.spec`, template?.spec ?? { containers: [] }),
  ];
}

/** The selector of a workload: there, well formed, not empty. `kind` as upstream's message names it. */
export function workloadSelector(field: string, selector: LabelSelector | undefined, kind: string): FieldError[] {
  if (!selector) return [required(field)];
  return [...labelSelector(field, selector), ...notEmpty(field, selector, kind)];
}

/** A selector that would select everything is refused. */
export function notEmpty(field: string, selector: LabelSelector, kind: string): FieldError[] {
  const conditions = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0);
  return conditions === 0 ? [invalid(field, selector, `empty selector is invalid for ${kind}`)] : [];
}

/** The template's labels must be what the selector selects. */
export function selectedTemplate(field: string, template: PodTemplateSpec | undefined, selector: LabelSelector | undefined): FieldError[] {
  const labels = template?.metadata?.labels;
  return matchesLabelSelector(selector, labels) ? [] : [invalid(`${field}.metadata.labels`, labels && sortedKeys(labels), '`selector` does not match template `labels`')];
}

/** Workloads that keep Pods running restart their containers always and set no deadline. */
export function keptRunning(field: string, template: PodTemplateSpec | undefined, kind: string): FieldError[] {
  const spec = template?.spec;
  const errors: FieldError[] = [];
  if (spec?.restartPolicy !== 'Always') errors.push(notSupported(`${field}.spec.restartPolicy`, spec?.restartPolicy ?? '', ['Always']));
  if (spec?.activeDeadlineSeconds !== undefined) errors.push(forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
  return errors;
}
