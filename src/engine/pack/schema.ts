/** JSON Schema (draft 07) of a level and of a pack: for our own checks and for authors' editors. */
import { GPU_MODELS } from '../../cluster/node/gpus.ts';
import { OPTIONAL_ADDONS } from '../../cluster/node/control-plane/optional-addons.ts';

const text = { type: 'string', minLength: 1 } as const;
const duration = { type: 'string', pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h))+$', description: 'a duration such as 500ms, 30s, 2m' } as const;
const strings = { type: 'array', items: text } as const;
const labels = { type: 'object', additionalProperties: { type: 'string' } } as const;
const id = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', description: 'lower-case letters, digits and dashes' } as const;

const object = (properties: Record<string, unknown>, required: string[] = []) => ({ type: 'object', additionalProperties: false, properties, required }) as const;
const list = (items: unknown, minItems = 0) => ({ type: 'array', items, minItems }) as const;

const files = { type: 'object', propertyNames: { pattern: '^[A-Za-z0-9_][\\w.-]*(/[A-Za-z0-9_][\\w.-]*)*$' }, additionalProperties: { type: 'string' } } as const;

const SUBJECTS = ['get', 'list', 'can', 'probe', 'traffic', 'file', 'etcd', 'ran', 'answer'];

const check = {
  ...object({
    get: { ...text, pattern: '^[a-z0-9.]+/[^/]+$', description: 'RESOURCE/NAME, for example deployments/web' },
    list: text, namespace: text, labels: text, fields: text,
    can: object({ as: text, groups: strings, verb: text, resource: text, name: text, namespace: text }, ['as', 'verb', 'resource']),
    probe: object({ from: text, to: { ...text, pattern: '^(https?|tcp|etcd|etcds)://' } }, ['to']),
    traffic: text, file: { ...text, pattern: '^/' }, node: text, etcd: { ...text, pattern: '^/' }, ran: text, answer: text, that: text,
  }),
  oneOf: SUBJECTS.map((subject) => ({ required: [subject] })),
} as const;

const machine = {
  name: id, cpu: { type: ['number', 'string'] }, memory: text, gpus: { type: 'integer', minimum: 0 }, gpuModel: { enum: GPU_MODELS },
  zone: text, labels, runtime: { enum: ['containerd', 'cri-o'] }, version: { type: 'string', pattern: '^1\\.\\d+\\.\\d+$' },
  taints: list(object({ key: text, value: { type: 'string' }, effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] } }, ['key', 'effect'])),
} as const;

const count = { type: 'integer', minimum: 0, maximum: 50 } as const;
const node = object({ ...machine, role: { enum: ['control-plane', 'worker'] } }, ['name']);
const nodeGroup = object({ ...machine, min: count, max: count, size: count, boot: duration }, ['name', 'min', 'max']);

const value = { type: ['string', 'number'] } as const;
const drawnBy = { enum: ['seed', 'player'] } as const;
export const paramsSchema = {
  type: 'object', propertyNames: { pattern: '^[a-z][a-zA-Z0-9]*$' },
  additionalProperties: { anyOf: [list(value, 1), object({ oneOf: list(value, 1), by: drawnBy }, ['oneOf']), object({ from: { type: 'integer' }, to: { type: 'integer' }, by: drawnBy }, ['from', 'to']), object({ is: { const: 'player' } }, ['is'])] },
} as const;
const percent = { type: 'number', minimum: 0, maximum: 100 } as const;

export const levelSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'kube-quest level',
  ...object({
    title: text, world: id, difficulty: { enum: [1, 2, 3, 4, 5] }, minutes: { type: 'number', minimum: 1, maximum: 180 },
    teaches: list(text, 1), needs: strings,
    cluster: object({ nodes: list(node, 1), addons: list({ enum: Object.keys(OPTIONAL_ADDONS) }), nodeGroups: list(nodeGroup) }, ['nodes']),
    setup: { type: 'string' }, files, contexts: { type: 'object', additionalProperties: object({ namespace: text }) }, prepare: { type: 'string' }, settle: duration,
    traffic: list(object({ name: id, to: text, rps: { type: 'number', exclusiveMinimum: 0, maximum: 2000 }, from: text }, ['name', 'to', 'rps'])),
    events: list(object({ at: duration, surge: object({ traffic: text, rps: { type: 'number', minimum: 0 } }, ['traffic', 'rps']), run: text, say: text }, ['at'])),
    briefing: text,
    objectives: list(object({ id, text, points: { type: 'integer', minimum: 1 }, check, hold: duration, kept: { type: 'boolean' }, look: text, domain: text, task: id }, ['id', 'text', 'points', 'check']), 1),
    guards: list(object({ id, text, check, cost: { type: 'integer', minimum: 1 }, after: duration }, ['id', 'text', 'check'])),
    hints: list(object({ cost: { type: 'integer', minimum: 0 }, text }, ['cost', 'text'])),
    why: { anyOf: [{ const: false }, { type: 'integer', minimum: 0 }], description: 'what asking "why?" about an object costs, or false' },
    debrief: text,
    par: object({ time: duration, commands: { type: 'integer', minimum: 1 } }),
    solutions: list(text, 1), mistakes: list({ anyOf: [text, object({ run: text, caught: { ...id, description: 'the objective or guard that catches it' } }, ['run'])] }, 1),
    params: paramsSchema,
    exam: object({ pass: percent, minutes: { type: 'number', minimum: 1, maximum: 240 }, domains: { type: 'object', minProperties: 1, additionalProperties: percent }, outside: { type: 'boolean' }, tasks: list(object({ id, text, context: text }, ['id', 'text']), 1) }, ['pass', 'minutes', 'domains']),
  }, ['title', 'difficulty', 'minutes', 'teaches', 'cluster', 'briefing', 'objectives', 'hints', 'debrief', 'solutions', 'mistakes']),
} as const;

export const packSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'kube-quest pack',
  ...object({ name: id, title: text, version: text, worlds: list(object({ id, title: text, summary: text }, ['id', 'title']), 1) }, ['name', 'title', 'version', 'worlds']),
} as const;
