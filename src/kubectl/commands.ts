/** All commands of kubectl. A new verb is a file in verbs/, a row in surface.json and an entry here. */
import type { Verb } from './command.ts';
import { apply, setLastApplied, viewLastApplied } from './verbs/apply.ts';
import { auth } from './verbs/auth.ts';
import { reconcile } from './verbs/auth-reconcile.ts';
import { autoscale } from './verbs/autoscale.ts';
import { certificate } from './verbs/certificate.ts';
import { clusterInfoDump } from './verbs/cluster-info-dump.ts';
import { configVerbs } from './verbs/config.ts';
import { createVerbs } from './verbs/create/index.ts';
import { remove } from './verbs/delete.ts';
import { debug } from './verbs/debug.ts';
import { describe } from './verbs/describe.ts';
import { diff } from './verbs/diff.ts';
import { drain } from './verbs/drain.ts';
import { edit, editLastApplied } from './verbs/edit.ts';
import { events } from './verbs/events.ts';
import { explain } from './verbs/explain.ts';
import { expose } from './verbs/expose.ts';
import { kustomize } from './verbs/kustomize.ts';
import { get } from './verbs/get.ts';
import { exec, logs } from './verbs/pods.ts';
import { portForward } from './verbs/port-forward.ts';
import { wait } from './verbs/wait.ts';
import { selfVerbs } from './verbs/plugin.ts';
import { rollout } from './verbs/rollout.ts';
import { sessions } from './verbs/sessions.ts';
import { run } from './verbs/run.ts';
import { apiResources, apiVersions, clusterInfo, options, version } from './verbs/server-facts.ts';
import { set } from './verbs/set.ts';
import { annotate, label } from './verbs/label.ts';
import { patch } from './verbs/patch.ts';
import { cordon, replace, scale, uncordon } from './verbs/simple.ts';
import { taint } from './verbs/taint.ts';
import { top } from './verbs/top.ts';

export const verbs: readonly Verb[] = [
  get, ...createVerbs, autoscale, diff, run, expose, ...set, remove, edit, apply, viewLastApplied, setLastApplied, editLastApplied, replace, patch, scale, label, annotate,
  describe, logs, exec, wait, ...rollout, drain, cordon, uncordon, taint, version, clusterInfo, clusterInfoDump, apiResources, apiVersions, options, ...configVerbs,
  kustomize, explain, events, ...top, ...auth, reconcile, ...certificate, ...sessions, portForward, debug, ...selfVerbs,
];
