/** Which tests answer for which sources; the longest that fits counts. */
const CONTROLLERS = 'src/cluster/controllers';
const AREAS: Readonly<Record<string, readonly string[]>> = {
  'src/engine/score': ['test/engine/score/**'],
  'src/engine/checks': ['test/engine/checks/**'],
  'src/cluster/scheduler': ['test/cluster/scheduler/**', 'test/scenario/08*', 'test/scenario/16*', 'test/scenario/22-devices'],
  [`${CONTROLLERS}/deployment`]: ['test/cluster/controllers/deployment/**', 'test/scenario/02*'],
  [`${CONTROLLERS}/replica-set`]: ['test/cluster/controllers/replica-set*', 'test/cluster/controllers/pods', 'test/scenario/03*'],
  [`${CONTROLLERS}/stateful-set`]: ['test/cluster/controllers/stateful-set*', 'test/scenario/04*'],
  [`${CONTROLLERS}/daemon-set`]: ['test/cluster/controllers/daemon-set*', 'test/scenario/05*'],
  [`${CONTROLLERS}/job`]: ['test/cluster/controllers/job*', 'test/scenario/06*'],
  [`${CONTROLLERS}/cron-job`]: ['test/cluster/controllers/cron-job*', 'test/scenario/06*'],
  [`${CONTROLLERS}/horizontal-pod-autoscaler`]: ['test/cluster/controllers/horizontal-pod-autoscaler/**', 'test/scenario/07*'],
  [`${CONTROLLERS}/node-lifecycle`]: ['test/cluster/controllers/node-*', 'test/cluster/controllers/taint*', 'test/scenario/09*'],
  [`${CONTROLLERS}/taint-eviction`]: ['test/cluster/controllers/node-*', 'test/cluster/controllers/taint*', 'test/scenario/09*'],
  [`${CONTROLLERS}/garbage-collector`]: ['test/cluster/controllers/garbage*', 'test/scenario/11*'],
  [`${CONTROLLERS}/owner-graph`]: ['test/cluster/controllers/garbage*', 'test/scenario/11*'],
  [`${CONTROLLERS}/namespace`]: ['test/cluster/controllers/garbage*', 'test/scenario/11*'],
  [`${CONTROLLERS}/disruption`]: ['test/cluster/controllers/budgets*', 'test/cluster/controllers/disruption', 'test/scenario/12*'],
  [`${CONTROLLERS}/endpoints`]: ['test/cluster/controllers/endpoints*', 'test/scenario/13-services'],
  [`${CONTROLLERS}/storage`]: ['test/scenario/16*'],
  [CONTROLLERS]: ['test/cluster/controllers/**'],
};

/** Globs of the test files for a source file. */
export function testsFor(file: string): readonly string[] {
  const [area] = Object.keys(AREAS).filter((start) => file.startsWith(start)).toSorted((a, b) => b.length - a.length);
  if (!area) throw new Error(`${file}: test/mutation/areas.ts names no tests for it`);
  return AREAS[area]!.map((glob) => (glob.endsWith('**') ? `${glob}/*.test.ts` : `${glob}.test.ts`));
}
