/** What a verb is, and what it is handed when it runs. */
import { Client } from './client.ts';
import { Discovery } from './discovery.ts';
import type { KubectlEnvironment } from './environment.ts';
import { KubectlError } from './errors.ts';
import type { Flags, ParsedArguments } from './flags.ts';
import { type Connection, connectionFor, loadConfig, type LoadedConfig } from './kubeconfig.ts';
import { Log } from './klog.ts';

/** One command; `create secret tls` is one too. What it takes stands in surface.json under `path`. */
export interface Verb {
  path: string;
  /** One line for lists of commands. */
  about: string;
  /** More on what it does, for --help. */
  help?: string;
  /** Whole command lines with a comment each: `['# List pods', 'kubectl get pods']`. */
  examples?: readonly (readonly [comment: string, command: string])[];
  /** Flags that must be given. */
  required?: readonly string[];
  /** Carries it out; the exit code, 0 if nothing is returned. Without it the command only groups others. */
  run?: (call: Call) => Promise<number | void>;
}

export type DryRun = 'none' | 'client' | 'server';

/** One run of a verb: its arguments and flags, where it prints, and, made when first asked for, its way to the cluster. */
export class Call {
  readonly environment: KubectlEnvironment;
  readonly path: string;
  readonly args: readonly string[];
  /** How many arguments came before `--`. */
  readonly dash: number | undefined;
  readonly flags: Flags;
  readonly log: Log;
  #config: Promise<LoadedConfig> | undefined;
  #connection: Promise<Connection> | undefined;
  #client: Promise<Client> | undefined;
  #discovery: Promise<Discovery> | undefined;
  #hasWarned = false;

  constructor(environment: KubectlEnvironment, path: string, { args, dash }: ParsedArguments, flags: Flags) {
    this.environment = environment;
    this.path = path;
    this.args = args;
    this.dash = dash;
    this.flags = flags;
    this.log = new Log(flags.number('v'), environment.world.clock, environment.stderr);
  }

  /** The time, in milliseconds since 1970. */
  get nowMs(): number { return this.environment.world.clock.now(); }
  /** True once Ctrl-C was pressed. */
  get isCancelled(): boolean { return this.environment.signal.aborted; }
  /** True when a warning was printed and --warnings-as-errors asks for failure. */
  get hasWarned(): boolean { return this.#hasWarned; }

  out(text: string): void { this.environment.stdout(text); }
  err(text: string): void { this.environment.stderr(text); }
  warn(text: string): void {
    this.#hasWarned = true;
    this.err(`Warning: ${text}\n`);
  }

  config(): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig();
    return this.#config;
  }

  connection(): Promise<Connection> {
    this.#connection ??= this.config().then((config) => connectionFor(this.environment, this.flags, config, this.path));
    return this.#connection;
  }

  client(): Promise<Client> {
    this.#client ??= this.connection().then((connection) => new Client({
      transport: this.environment.dial(connection.server, connection.tls), connection, log: this.log,
      warn: (text) => this.warn(text), requestTimeout: this.flags.string('request-timeout'),
    }));
    return this.#client;
  }

  discovery(): Promise<Discovery> {
    const directory = this.flags.string('cache-dir') || `${this.environment.env.HOME ?? ''}/.kube/cache`;
    this.#discovery ??= this.client().then((client) => new Discovery(client, this.environment, directory));
    return this.#discovery;
  }

  /** The namespace that commands work in. */
  async namespace(): Promise<string> {
    return (await this.connection()).namespace;
  }

  /** A mistake in how the command was typed (kubectl's UsageErrorf). */
  usage(message: string): KubectlError {
    return new KubectlError(`${message}\nSee 'kubectl ${this.path} -h' for help and examples`);
  }

  /** --dry-run. Throws KubectlError for a value that it cannot have. */
  dryRun(): DryRun {
    const value = this.flags.optional('dry-run') || 'none';
    if (value === 'none' || value === 'client' || value === 'server') return value;
    if (value === 'unchanged') throw new KubectlError('--dry-run flag without a value was specified. A value must be set: "none", "server", or "client".');
    throw new KubectlError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }

  /** `dryRun=All` for requests of a server-side dry run. */
  dryRunQuery(): { dryRun?: string } {
    return this.dryRun() === 'server' ? { dryRun: 'All' } : {};
  }

  /** What --validate asks the server to do about unknown fields. Throws KubectlError. */
  fieldValidation(): string {
    const value = this.flags.optional('validate') || 'strict';
    if (value === 'true' || value === 'strict') return 'Strict';
    if (value === 'warn') return 'Warn';
    if (value === 'false' || value === 'ignore') return 'Ignore';
    throw new KubectlError(`invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`);
  }

  async #loadConfig(): Promise<LoadedConfig> {
    const config = await loadConfig(this.environment, this.flags, this.path.startsWith('config'));
    for (const { path } of config.loaded) this.log.info(6, 'loader.go:407', `Config loaded from file:  ${path}`);
    return config;
  }
}
