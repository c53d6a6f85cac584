/** CEL in admission: what policies and match conditions may name, compiled alike for validation and for use (apiserver: admission/plugin/cel). */
import { type CelProgram, type CelScope, compileCel } from './cel.ts';

/** The types an expression may have, in the words of the complaint. */
export type Wanted = 'bool' | 'string' | 'string or null' | 'any' | 'list';

const REQUEST = { uid: 'string', kind: 'dyn', resource: 'dyn', subResource: 'string', requestKind: 'dyn', requestResource: 'dyn', requestSubResource: 'string', name: 'string', namespace: 'string', operation: 'string', userInfo: 'dyn', dryRun: 'bool', options: 'dyn' } as const;

/** Everything that can be named in a webhook's match conditions. */
export const CONDITION_SCOPE: CelScope = { object: 'dyn', oldObject: 'dyn', request: REQUEST, authorizer: 'Authorizer' };

/** A compiled expression, or the text for `Invalid value`. */
export function compileFor(expression: string, scope: CelScope, wanted: Wanted): CelProgram | { problem: string } {
  const program = compileCel(expression, scope);
  if ('problem' in program) return { problem: `compilation failed: ${program.problem}` };
  const { type } = program;
  if (wanted === 'string or null') return type === 'string' || type === 'null' ? program : { problem: 'must evaluate to one of [string null_type]' };
  if (wanted === 'list') return type.startsWith('list') ? program : { problem: 'must evaluate to list' };
  return wanted === 'any' || type === wanted ? program : { problem: `must evaluate to ${wanted}` };
}

export interface PolicyVariable { readonly name: string; readonly expression: string }

/** The scope of a policy, to which each variable adds itself for what comes after it; `bad` collects those that do not compile, `own` tells more of what has a type. */
export function policyScope(variables: readonly PolicyVariable[], hasParams: boolean, bad?: (index: number, problem: string) => void, own: CelScope = {}): CelScope {
  const scope: CelScope = { ...CONDITION_SCOPE, namespaceObject: 'dyn', ...(hasParams ? { params: 'dyn' } : {}), ...own };
  const types: Record<string, string> = {};
  variables.forEach(({ name, expression }, index) => {
    const program = compileFor(expression, { ...scope, variables: { ...types } }, 'any');
    if ('problem' in program) bad?.(index, program.problem);
    types[name] = 'problem' in program ? 'dyn' : typeName(program.type);
  });
  return { ...scope, variables: types };
}

/** Types that a field can be declared with; all else is looked at when it is used. */
function typeName(type: string): string {
  return ['bool', 'string', 'int', 'double', 'uint', 'Quantity', 'IP', 'CIDR', 'URL', 'Decision'].includes(type) ? type : 'dyn';
}
