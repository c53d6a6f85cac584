/** A game for tests of the screens: a few levels and a cluster of paper whose pods start, crash and move as time is let pass. */
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import type {
  ClusterView, Completion, EditorRequest, FieldCompletion, Game, GameView, LevelView, MissionActions, MissionView, PodView, Span, Speed, TerminalLine, TextProblem, Transcript, WorldView,
} from '../../src/engine/view.ts';

import { practiceOf } from '../../src/engine/practice.ts';
import type { Lens, LensView, ObjectRef } from '../../src/engine/lens/lens-view.ts';

const GI = 2 ** 30;
const CART_NAME = 'cart-6c9f7d4b8-zk2lp';

/** Everything that was asked of the game, in order: what tests look at. */
export interface Asked {
  what: string;
  with?: unknown;
}

export class FakeGame implements Game {
  readonly asked: Asked[] = [];
  #view: GameView;
  #mission: FakeMission | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(change: Partial<GameView> = {}) {
    this.#view = { players: [ADA], player: ADA, worlds: WORLDS, sandboxes: SANDBOXES, settings: DEFAULT_SETTINGS, language: 'en', systemLanguage: 'en', practice: PRACTICE, ...change };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  view = (): GameView => this.#view;
  mission = (): MissionActions | undefined => this.#mission;
  /** For tests: the mission with its levers. */
  get paper(): FakeMission {
    return this.#mission!;
  }

  async createPlayer(name: string): Promise<void> {
    const player = { id: name.toLowerCase(), name, stars: 0, score: 0 };
    this.ask('createPlayer', name);
    this.change({ players: [...this.#view.players, player], player });
  }

  async choosePlayer(id: string): Promise<void> {
    this.ask('choosePlayer', id);
    this.change({ player: this.#view.players.find((player) => player.id === id) });
  }

  async startLevel(id: string, options?: { fresh?: boolean; unlock?: boolean }): Promise<void> {
    this.ask('startLevel', { id, ...options });
    this.#mission = new FakeMission(this, id);
    this.change({ mission: this.#mission.view });
  }

  async startSandbox(size: string): Promise<void> {
    this.ask('startSandbox', size);
    this.#mission = new FakeMission(this, 'sandbox');
    this.#mission.change({ isSandbox: true, prompt: { ...MISSION.prompt, history: [] }, title: 'Sandbox', world: '', objectives: [], guards: [], hints: [], briefing: '' });
  }

  async changeSettings(change: Partial<GameView['settings']>): Promise<void> {
    this.ask('changeSettings', change);
    this.change({ settings: { ...this.#view.settings, ...change }, ...(change.language ? { language: change.language === 'system' ? 'en' : change.language } : {}) });
  }

  async close(): Promise<void> {
    this.ask('close');
  }

  ask(what: string, detail?: unknown): void {
    this.asked.push(detail === undefined ? { what } : { what, with: detail });
  }

  leaveMission(): void {
    this.#mission = undefined;
    this.change({ mission: undefined });
  }

  change(change: Partial<GameView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** One mission: commands that answer with real-looking tables, pods that follow them as time passes. */
export class FakeMission implements MissionActions {
  view: MissionView;
  readonly #game: FakeGame;
  #replicas = 3;
  #sinceMs = 0;
  #following = false;
  readonly #transcripts: Transcript[] = [];

  constructor(game: FakeGame, levelId: string) {
    this.#game = game;
    this.view = { ...MISSION, levelId };
  }

  change(change: Partial<MissionView>): void {
    this.view = { ...this.view, ...change };
    this.#game.change({ mission: this.view });
  }

  submit(line: string): void {
    this.#game.ask('submit', line);
    this.print([...this.view.prompt.spans, { text: line, style: 'typed' }]);
    const history = line.trim() ? [...this.view.prompt.history, line] : this.view.prompt.history;
    this.change({ prompt: { ...this.view.prompt, history } });
    if (line === 'exit' && this.view.prompt.canExit) this.#closeTab();
    else this.#run(line.trim());
  }

  #closeTab(): void {
    const left = this.view.tabs!.filter(({ tab }) => tab !== this.view.tab);
    const tab = left.at(-1)!.tab;
    this.change({ tab, tabs: left.length > 1 ? left : undefined, transcript: this.#transcripts[tab]!, prompt: { ...this.view.prompt, canExit: tab > 0 } });
  }

  #run(line: string): void {
    const scale = /^kubectl scale .*--replicas[= ](\d+)/.exec(line);
    if (scale) {
      this.#replicas = Number(scale[1]);
      this.#sinceMs = 0;
      this.print([{ text: 'deployment.apps/web scaled' }]);
    } else if (/^(k|kubectl) get (po|pods)/.test(line)) this.#printPods();
    else if (/^(k|kubectl) get (no|nodes)/.test(line)) NODE_TABLE.forEach((text) => this.print([{ text }]));
    else if (line.startsWith('kubectl edit')) this.openEditor({ id: this.view.transcript.lines.length, fileName: 'deployment-web.yaml', text: MANIFEST, style: this.#game.view().settings.editor });
    else if (/logs -f|sleep/.test(line)) {
      this.#following = true;
      this.change({ prompt: { ...this.view.prompt, state: 'running' } });
    } else if (line) this.print([{ text: `bash: ${line.split(' ')[0]}: command not found`, style: 'bad' }]);
  }

  #printPods(): void {
    this.print([{ text: 'NAME                   READY   STATUS              RESTARTS      AGE', style: 'strong' }]);
    for (const { name, ready, status, restarts } of this.view.cluster.nodes.flatMap((node) => node.pods).filter((pod) => pod.namespace === 'shop')) {
      this.print([{ text: `${name.padEnd(22)} ${`${ready.count}/${ready.of}`.padEnd(7)} ${status.padEnd(19)} ${String(restarts).padEnd(13)} 5m12s` }]);
    }
  }

  print(spans: Span[]): void {
    const lines: TerminalLine[] = [...this.view.transcript.lines, { spans }];
    const extra = Math.max(0, lines.length - 2000);
    this.change({ transcript: { lines: lines.slice(extra), dropped: this.view.transcript.dropped + extra } });
  }

  openEditor(editor: EditorRequest): void {
    this.change({ editor, prompt: { ...this.view.prompt, state: 'running' } });
  }

  interrupt(typed?: string): void {
    this.#game.ask('interrupt', typed);
    this.#following = false;
    this.print(typed === undefined ? [{ text: '^C' }] : [...this.view.prompt.spans, { text: `${typed}^C` }]);
    this.change({ prompt: { ...this.view.prompt, state: 'ready' } });
  }

  endInput(): void {
    this.#game.ask('endInput');
  }

  async explainWord(text: string, cursor: number): Promise<{ title: string; text: string } | undefined> {
    this.#game.ask('explainWord', { text, cursor });
    return text.includes('pods') ? { title: 'kubectl explain pods', text: 'KIND:       Pod\nVERSION:    v1\n' } : undefined;
  }

  /** A word that is on no paper is wrong. */
  async checkText(text: string): Promise<readonly TextProblem[] | undefined> {
    return text.includes('kind:') ? text.split('\n').flatMap((row, i) => (row.includes('replcas') ? [{ line: i + 1, column: 3, message: 'Deployment has no field "spec.replcas"; did you mean "replicas"?' }] : [])) : undefined;
  }

  async completeField(lines: readonly string[], row: number, column: number): Promise<FieldCompletion> {
    const word = /\w*$/.exec(lines[row]!.slice(0, column))![0];
    return { from: column - word.length, names: ['replicas: ', 'revisionHistoryLimit: ', 'selector:'].filter((name) => name.startsWith(word)) };
  }

  async complete(text: string, cursor: number): Promise<Completion> {
    const from = text.lastIndexOf(' ', cursor - 1) + 1;
    const word = text.slice(from, cursor);
    const all = from === 0 ? ['kubectl ', 'kubectl-convert '] : text.startsWith('kubectl get') ? ['pods ', 'nodes ', 'namespaces ', 'networkpolicies '] : VERBS;
    return { from, replacements: all.filter((candidate) => candidate.startsWith(word)) };
  }

  setSpeed(speed: Speed): void {
    this.#game.ask('setSpeed', speed);
    this.change({ speed });
  }

  async stepTime(): Promise<void> { this.#game.ask('stepTime'); }
  async fork(elapsedMs: number): Promise<void> { this.#game.ask('fork', elapsedMs); }

  askWhy(ref: ObjectRef): void {
    this.#game.ask('askWhy', ref);
    this.change({ lens: { ...lensView({ of: 'why', ref }), links: [{ text: 'cart ends again and again.', command: 'kubectl describe pod cart' }, { text: 'Its last words: no route', command: 'kubectl logs cart --previous' }] } as LensView });
  }

  takeHint(): void {
    this.#game.ask('takeHint');
    const next = this.view.hints.findIndex((hint) => hint.text === undefined);
    this.change({ hints: this.view.hints.map((hint, index) => index === next ? { ...hint, text: HINTS[index]! } : hint), score: this.view.score - this.view.hints[next]!.cost });
  }

  async toggleDoor(): Promise<void> {
    this.#game.ask('toggleDoor');
    this.change({ door: this.view.door ? undefined : { url: 'https://127.0.0.1:6443', kubeconfig: '/home/ada/saves/outside.kubeconfig', requests: 0 } });
  }

  async undoLastCommand(): Promise<void> {
    this.#game.ask('undo');
    this.#replicas = 3;
  }

  async retry(): Promise<void> {
    this.#game.ask('retry');
    this.change({ ...MISSION, levelId: this.view.levelId, debrief: undefined });
    this.#replicas = 3;
  }

  async quit(): Promise<void> {
    this.#game.ask('quit');
    this.#game.leaveMission();
  }

  look(lens: Lens | undefined): void {
    this.#game.ask('look', lens);
    this.change({ lens: lens && lensView(lens) });
  }

  chooseTab(tab: number): void {
    this.#game.ask('chooseTab', tab);
    const { tabs = [newTab(0)], tab: now = 0, transcript } = this.view;
    this.#transcripts[now] = transcript;
    this.change({ tab, tabs: tabs.some((one) => one.tab === tab) ? tabs : [...tabs, newTab(tab)], transcript: this.#transcripts[tab] ?? { lines: [], dropped: 0 } });
    this.change({ prompt: { ...this.view.prompt, canExit: tab > 0 } });
  }

  clear(): void {
    this.#game.ask('clear');
    this.change({ transcript: { lines: [], dropped: this.view.transcript.dropped + this.view.transcript.lines.length } });
  }

  closeEditor(text: string | undefined): void {
    this.#game.ask('closeEditor', text);
    this.print([{ text: text === undefined ? 'Edit cancelled, no changes made.' : 'deployment.apps/web edited' }]);
    this.change({ editor: undefined, prompt: { ...this.view.prompt, state: 'ready' } });
  }

  async tick(realMs: number): Promise<void> {
    const passedMs = realMs * (this.view.speed === 'paused' ? 0 : this.view.speed);
    this.#sinceMs += passedMs;
    const elapsedMs = this.view.elapsedMs + passedMs;
    if (this.#following && Math.floor(elapsedMs / 500) !== Math.floor(this.view.elapsedMs / 500)) this.print([{ text: `10.244.1.7 - - "GET / HTTP/1.1" 200 ${Math.floor(elapsedMs)}` }]);
    const cluster = clusterAt(this.#replicas, this.#sinceMs);
    const isReady = this.#replicas === 5 && this.#sinceMs > 4000;
    const progress = Math.min(1, (this.#sinceMs - 4000) / 5000);
    const [first, ...others] = this.view.objectives;
    const state = isReady ? (progress >= 1 ? 'done' as const : 'holding' as const) : 'open' as const;
    const objectives = first && (state !== first.state || state === 'holding') ? [{ ...first, state, progress, ...(state === 'open' ? {} : { note: undefined }) }, ...others] : this.view.objectives;
    this.change({ elapsedMs, cluster, objectives });
    if (state === 'done' && !this.view.debrief) this.win();
  }

  win(): void {
    this.change({ debrief: DEBRIEF, score: 845, prompt: { ...this.view.prompt, state: 'ready' } });
  }
}

const newTab = (tab: number) => ({ tab, machine: 'quest', isRunning: false });

const CART_REF = { resource: 'pod', namespace: 'shop', name: CART_NAME };

const XRAY: LensView = {
  of: 'request', back: 0, count: 1, line: 'kubectl scale deployment web --replicas=5',
  requests: [{ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web/scale', code: 200, stages: [{ name: 'authentication', health: 'good', text: 'ada' }, { name: 'etcd', health: 'good', text: 'written as revision 812' }] }],
  reactions: [{ afterMs: 12, who: 'replicaset-controller', text: 'creates Pod web-new' }],
  attempts: [{ pod: 'shop/web-new', atMs: 0, number: 1, chosen: 'worker-1', nodes: [{ node: 'worker-1', scores: { NodeResourcesFit: 80, ImageLocality: 3 }, total: 83 }, { node: 'control-plane', filteredBy: 'TaintToleration', reasons: ['node(s) had untolerated taint(s)'] }] }],
};

const EVENTS = [['Scheduled', 'pod', 'web-1', false], ['BackOff', 'pod', CART_NAME, true], ['NodeNotReady', 'node', 'worker-2', false], ['ScalingReplicaSet', 'deployment', 'web', false]].map(([reason, resource, name, isWarning], at) => (
  { id: `shop/e${at}`, elapsedMs: at * 10_000 - 5000, isWarning: isWarning === true, reason: String(reason), ref: { resource: String(resource), name: String(name), namespace: 'shop' }, source: 'kubelet', message: `${reason} of ${name}`, count: 1 + at }
));

function lensView(lens: Lens): LensView {
  switch (lens.of) {
    case 'history': return { of: 'history', from: lens.from ?? 11, to: lens.to ?? 12, moments: [{ revision: 11, elapsedMs: 1000, text: 'added Pod shop/a' }, { revision: 12, elapsedMs: 2000, text: 'changed Pod shop/a' }], diff: ['Pod shop/a', '-  phase: Pending', '+  phase: Running'] };
    case 'request': return XRAY;
    case 'events': return { of: 'events', events: EVENTS };
    case 'traffic': return { of: 'traffic', sources: [{ name: 'shoppers', to: 'http://web.shop', rate: 200, sent: 12_000, failed: 300, wanted: 0.95, seconds: Array.from({ length: 60 }, (_, at) => ({ atMs: at * 1000, sent: 200, failed: at > 40 ? 15 : 0, medianMs: 20 + at, slowestMs: 90 })) }] };
    case 'why': return { of: 'why', ref: lens.ref ?? CART_REF, troubles: [{ ref: CART_REF, note: 'CrashLoopBackOff', isPaid: false }, { ref: { resource: 'node', name: 'worker-2' }, note: 'NotReady', isPaid: false }] };
    case 'object': return { ...lens, command: `kubectl describe ${lens.ref.resource} ${lens.ref.name}`, lines: [`Name:   ${lens.ref.name}`, `Tab:    ${lens.tab}`] };
  }
}

function clusterAt(replicas: number, sinceMs: number): ClusterView {
  const pods = Array.from({ length: replicas }, (_, index) => webPod(index, index < 3 ? Infinity : sinceMs - index * 400));
  return {
    controlPlane: [
      { name: 'kube-apiserver', word: 'running', health: 'good' }, { name: 'etcd', word: 'running', health: 'good' },
      { name: 'kube-scheduler', word: 'running', health: 'good' }, { name: 'kube-controller-manager', word: 'restarting', health: 'warning' },
      { name: 'cloud-controller-manager', word: 'running', health: 'good' },
    ],
    nodes: [
      { name: 'control-plane', roles: ['control-plane'], status: 'Ready', health: 'good', cpu: { used: 0.9, capacity: 2 }, memory: { used: 0.3 * GI, capacity: 4 * GI }, pods: systemPods(6), taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] },
      { name: 'worker-1', roles: ['worker'], status: 'Ready', health: 'good', cpu: { used: 1.5 + pods.length * 0.25, capacity: 4 }, memory: { used: 3 * GI, capacity: 8 * GI }, pods: [...pods.filter((_, index) => index % 2 === 0), CART, ...systemPods(2)] },
      { name: 'worker-2', roles: ['worker'], status: 'Ready,SchedulingDisabled', health: 'warning', cpu: { used: 3.9, capacity: 4 }, memory: { used: 7.2 * GI, capacity: 8 * GI }, gpu: { used: 1, capacity: 2 }, pods: [...pods.filter((_, index) => index % 2 === 1), ...systemPods(2)] },
    ],
    pending: [{ name: 'trainer-0', namespace: 'ml', status: 'Pending', health: 'waiting', ready: { count: 0, of: 1 }, restarts: 0, isDeleting: false }],
  };
}

function webPod(index: number, ageMs: number): PodView {
  const name = `web-7d4b9c6f5-${['x2x7p', 'm9k4t', 'qq8zl', 'b5c2d', 'h7wvn', 'r3j6f', 't8s1k'][index] ?? `p${index}`}`;
  const isReady = ageMs > 1500;
  return { name, namespace: 'shop', status: isReady ? 'Running' : 'ContainerCreating', health: isReady ? 'good' : 'busy', ready: { count: isReady ? 1 : 0, of: 1 }, restarts: 0, isDeleting: false };
}

const systemPods = (count: number): PodView[] => Array.from({ length: count }, (_, index) => (
  { name: `system-${index}`, namespace: 'kube-system', status: 'Running', health: 'good', ready: { count: 1, of: 1 }, restarts: 0, isDeleting: false }
));

const CART: PodView = { name: CART_NAME, namespace: 'shop', status: 'CrashLoopBackOff', health: 'bad', ready: { count: 0, of: 1 }, restarts: 4, isDeleting: false };

const ADA = { id: 'ada', name: 'Ada', stars: 17, score: 6240 };

const SANDBOXES = [
  { id: 'small', title: 'Small', note: '1 control plane, 2 workers' },
  { id: 'medium', title: 'Medium', note: '3 control planes, 6 workers, 2 GPUs' },
  { id: 'large', title: 'Large', note: '3 control planes, 50 workers in 3 zones' },
];

const VERBS = ['get ', 'describe ', 'apply ', 'delete ', 'scale ', 'logs ', 'exec ', 'edit ', 'rollout '];
const HINTS = ['Something decides how many Pods there should be. Look at `kubectl get deployments -n shop`.', '`kubectl scale` changes `spec.replicas`.', '`kubectl scale deployment/web --replicas=5 -n shop`'];

const NODE_TABLE = [
  'NAME            STATUS                     ROLES           AGE   VERSION', 'control-plane   Ready                      control-plane   41d   v1.36.2',
  'worker-1        Ready                      worker          41d   v1.36.2', 'worker-2        Ready,SchedulingDisabled   worker          41d   v1.36.2',
];

const MANIFEST = `# Please edit the object below.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx:1.27
        resources:
          requests:
            cpu: 250m
            memory: 128Mi
`;

const MISSION: MissionView = {
  levelId: 'scale-to-five', title: 'Scale to five', world: 'Workloads', isSandbox: false,
  briefing: 'It is the morning of the **autumn sale**. The shop’s front end runs on three Pods, and the queue at the door is already long.\n\nBring `web` to **five** Pods that are Ready, without a moment in which nobody is served. The Deployment lives in the namespace `shop`.\n\n> Watch the cluster pane while you do it: the new Pods appear on the nodes one by one.',
  objectives: [
    { id: 'five', text: 'Five `web` Pods are Ready', points: 700, state: 'open', note: 'not yet: `web` has 3 ready Pods, wanted 5. Look: `kubectl get pods -n shop`' },
    { id: 'calm', text: 'No container restarts meanwhile', points: 300, state: 'done' },
  ],
  guards: [{ id: 'alive', text: 'The shop never goes dark', state: 'kept' }],
  hints: [{ cost: 5 }, { cost: 10 }, { cost: 25 }],
  score: 300, scoreMax: 1000, whyCost: 25, elapsedMs: 0, parMs: 180_000, speed: 1, cluster: clusterAt(3, 0),
  transcript: { lines: [], dropped: 0 },
  prompt: { spans: [{ text: 'ada@control-plane', style: 'good' }, { text: ':' }, { text: '~', style: 'accent' }, { text: '$ ' }], state: 'ready', history: ['kubectl get nodes', 'kubectl get pods -n shop'] },
};

const DEBRIEF: NonNullable<MissionView['debrief']> = {
  outcome: 'won', stars: 3, score: 845, scoreMax: 1000,
  steps: [{ text: 'Five web Pods are Ready', points: 700 }, { text: 'Quicker than par', points: 150 }, { text: 'One hint taken', points: -5 }],
  text: 'You changed one number, `spec.replicas`. Nothing else was needed:\n\n1. the **API server** stored it,\n2. the **Deployment controller** passed it on to the ReplicaSet,\n3. the **ReplicaSet controller** created two Pods,\n4. the **scheduler** chose a node for each, and the **kubelets** there started them.\n\nLook again: `kubectl get events -n shop`.',
  bestSolution: 'kubectl scale deployment/web --replicas=5 -n shop', nextLevel: { id: 'self-healing', title: 'Self-healing' },
};

function level(world: string, title: string, change: Partial<LevelView> = {}): LevelView {
  return { id: title.toLowerCase().replaceAll(' ', '-'), title, world, difficulty: 1, minutes: 3, teaches: ['kubectl get'], stars: 0, state: 'open', summary: 'A short line on what happens in this level and why it matters.', ...change };
}

export const WORLDS: WorldView[] = [
  { id: 'first', title: 'First contact', levels: [
    level('first', 'Hello cluster', { stars: 3, state: 'won', bestScore: 985, teaches: ['nodes', 'roles'] }),
    level('first', 'The front door', { after: ['hello-cluster'], stars: 2, state: 'won', bestScore: 810, teaches: ['API server', 'REST'] }),
    level('first', 'The matchmaker', { after: ['the-front-door'], stars: 1, state: 'won', bestScore: 520, difficulty: 2, minutes: 6, teaches: ['scheduler', 'binding'] }),
  ] },
  { id: 'workloads', title: 'Workloads', levels: [
    level('workloads', 'Scale to five', { after: ['hello-cluster'], state: 'started', teaches: ['deployment', 'replicas', 'kubectl scale'], summary: 'The sale begins and three Pods are not enough. Bring the shop’s front end to five.' }),
    level('workloads', 'Self-healing', { after: ['scale-to-five'], teaches: ['replicaset', 'labels'] }),
    level('workloads', 'Rolling update', { after: ['self-healing'], difficulty: 2, minutes: 5, teaches: ['rollout', 'strategy'] }),
    level('workloads', 'Friday deploy', { difficulty: 5, minutes: 20, state: 'locked', after: ['rolling-update', 'zero-downtime'], needs: ['Rolling update', 'Zero downtime'], teaches: ['everything so far'] }),
  ] },
  { id: 'security', title: 'Security', levels: ['Least privilege', 'Lock down etcd', 'Default deny', 'Leaked token', 'Red team'].map((title, index) =>
    level('security', title, { state: 'locked', after: ['scale-to-five'], needs: ['Scale to five'], difficulty: (index % 5 + 1) as LevelView['difficulty'], minutes: 5 + index * 3, teaches: ['rbac', 'network policy'] })) },
];

const NOW_MS = new Date(2026, 5, 10, 12).getTime();
const DAYS_AGO = (days: number) => NOW_MS - days * 86_400_000;
const WINS: Record<string, number> = { 'hello-cluster': 40, 'the-front-door': 2, 'the-matchmaker': 1 };

/** Three levels won: the first long ago, the others on the last days. */
export const PRACTICE = practiceOf({
  levels: WORLDS.flatMap(({ levels }) => levels), nowMs: NOW_MS, days: { '2026-06-09': 1, '2026-06-08': 1, '2026-05-01': 2 },
  records: (id) => (WINS[id] === undefined ? undefined : { wins: 1, attempts: 2, lastWonMs: DAYS_AGO(WINS[id]), playedMs: 400_000 }),
});
