/** Mutants that no test can kill, and why: the program with the mistake does the same. */

interface Reason { file: string; /** What the line contains. */ line: string; /** What the mutant puts there, where only that one is meant. */ to?: string; why: string }

export const REASONS: readonly Reason[] = [
  { file: 'score/score.ts', line: "(level.solutions[0] ?? '')", to: "'?'", why: 'one line asks for fewer commands than the four that are par at least, as none does' },
  { file: 'checks/condition.ts', line: "checked.error?.message ?? 'is not valid'", why: 'the library says what is wrong with whatever it does not take' },
  { file: 'checks/condition.ts', line: "typeof value === 'boolean') return String(value)", to: "''", why: 'JSON spells booleans the same' },
  { file: 'checks/evaluate.ts', line: 'if (!found) conditions.set(check', to: 'true', why: 'compiled again it says the same' },
  { file: 'checks/cost.ts', line: "match[2] ?? match[3] ?? ''", why: 'one of the two is there where the pattern matches' },
  { file: 'checks/cost.ts', line: "argument = ''", why: 'what matches has an argument, if an empty one' },
  { file: 'plugins/image-locality.ts', line: 'cluster.imageNodes.get(image) ?? 0', to: 'cluster.imageNodes.get(image)', why: 'only images that some node has are left' },
  { file: 'plugins/image-locality.ts', line: 'if (spread.length === 0) return', to: 'false', why: 'a sum of no images scores nothing, too' },
  { file: 'plugins/resource-scoring.ts', line: "if (sort === 'cpu') return amounts.cpu", why: 'the name gives the same amount, only more slowly' },
  { file: 'scheduler/affinity-term.ts', line: 'if (knownTerms.size >= TERMS_KNOWN_MAX) knownTerms.clear()', why: 'what is forgotten is read again' },
  { file: 'scheduler/resources.ts', line: 'if (knownAmounts.size >= AMOUNTS_KNOWN_MAX) knownAmounts.clear()', to: 'true', why: 'what is forgotten is read again' },
  { file: 'scheduler/cycle.ts', line: 'if (percent >= 100) return count', to: '>', why: 'a hundred percent of them is all of them' },
  { file: 'plugins/image-locality.ts', line: 'if (cluster.imageNodes.size === 0) return', to: 'false', why: 'a short cut: no image is on any node' },
  { file: 'plugins/image-locality.ts', line: 'wanted.filter((image) => cluster.imageNodes.has(image))', to: 'wanted', why: 'an image that no node has adds nothing' },
  { file: 'plugins/node-volume-limits.ts', line: 'if (claims.length > 0) for (const [id, driver]', to: 'true', why: 'a Pod without claims has no volumes to count' },
  { file: 'plugins/resource-scoring.ts', line: "return sort === 'memory' ? amounts.memory", why: 'the name gives the same amount, only more slowly' },
  { file: 'scheduler/cycle.ts', line: 'if (percent >= 100) return count', to: '101', why: 'a hundred percent of them is all of them' },
  { file: 'scheduler/cycle.ts', line: 'if (base !== 0) for', to: 'true', why: 'nothing is added' },
  { file: 'plugins/resource-scoring.ts', line: '(requested > allocatable ? 0', to: '>=', why: 'nothing is left either way' },
  { file: 'scheduler/configured-profiles.ts', line: 'score?.enabled?.find', to: 'findLast', why: 'a plugin is named once' },
  { file: 'scheduler/preemption.ts', line: 'const offset = nodes.length > 0', to: '1', why: 'one node has one place to begin' },
  { file: 'scheduler/queue.ts', line: 'this.#isPumping = true', to: 'false', why: 'more turns than Pods find nobody left' },
  { file: 'scheduler/preemption.ts', line: 'if (left.length <= 1) break', why: 'of one candidate none is dearer' },
  { file: 'controllers/replica-set.ts', line: 'onNode.set(pod.spec.nodeName', to: '2', why: 'each Pod counts twice, and the order of the nodes is the same' },
  { file: 'deployment/deployment.ts', line: 'if (selects(deployment)(set)) queue.add', to: 'true', why: 'a turn of a Deployment that does not select it finds nothing to do' },
  { file: 'controllers/disruption.ts', line: "budget.metadata.namespace ?? ''", why: 'a budget is always in a namespace' },
];
