/** What the subcommands of kubeadm are given, and how they fail. */
import type { Machine } from '../../../cluster/node/machine.ts';

export interface KubeadmCall { machine: Machine; words: readonly string[]; flags: ReadonlyMap<string, string>; write: (text: string) => void; signal: AbortSignal }

/** A complaint in kubeadm's words. */
export class KubeadmError extends Error {}
