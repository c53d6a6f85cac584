/** Levels of the Pod Security Standards, what a namespace's labels ask for, and how a Pod is judged. */
import { type FieldError, invalid } from '../../../api/field-error.ts';
import type { Labels } from '../../../api/types.ts';
import { BASELINE } from './baseline.ts';
import type { Check, Subject, Violation } from './check.ts';
import { RESTRICTED } from './restricted.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** A level as of a Kubernetes version: `restricted:latest`. */
export interface Standard { level: Level; version: string }

export interface NamespacePolicy { enforce: Standard; audit: Standard; warn: Standard }

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const CHECKS: Readonly<Record<Level, readonly Check[]>> = { privileged: [], baseline: BASELINE, restricted: RESTRICTED };
const PRIVILEGED: Standard = { level: 'privileged', version: 'latest' };

/** What the labels of a namespace ask for; audit and warn follow enforce unless set themselves. */
export function policyOf(labels: Labels | undefined): NamespacePolicy {
  if (!labels || !Object.keys(labels).some((key) => key.startsWith(PREFIX))) return { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED };
  const enforce = standardOf(labels, 'enforce', PRIVILEGED);
  return { enforce, audit: standardOf(labels, 'audit', enforce), warn: standardOf(labels, 'warn', enforce) };
}

/** What is wrong with the Pod Security labels of a namespace. */
export function validatePolicyLabels(labels: Labels | undefined): FieldError[] {
  return ['enforce', 'audit', 'warn'].flatMap((mode) => {
    const [level, version] = [labels?.[PREFIX + mode], labels?.[`${PREFIX}${mode}-version`]];
    return [
      ...(level === undefined || isLevel(level) ? [] : [invalid(`metadata.labels[${PREFIX}${mode}]`, level, 'must be one of privileged, baseline, restricted')]),
      ...(version === undefined || /^(latest|v1\.\d+)$/.test(version) ? [] : [invalid(`metadata.labels[${PREFIX}${mode}-version]`, version, 'must be "latest" or "v1.x"')]),
    ];
  });
}

/** All that a Pod violates at a level. Older versions of the standards are judged as the latest. */
export function violations(subject: Subject, level: Level): Violation[] {
  return CHECKS[level].map((check) => check(subject)).filter((violation) => violation !== undefined);
}

/** `restricted:latest`. */
export function describeStandard({ level, version }: Standard): string {
  return `${level}:${version}`;
}

/** Higher is stricter. */
export function strictness(level: Level): number {
  return LEVELS.indexOf(level);
}

function standardOf(labels: Labels, mode: string, otherwise: Standard): Standard {
  const level = labels[PREFIX + mode];
  const version = labels[`${PREFIX}${mode}-version`];
  return { level: level !== undefined && isLevel(level) ? level : otherwise.level, version: version ?? otherwise.version };
}

function isLevel(text: string): text is Level {
  return LEVELS.some((level) => level === text);
}
