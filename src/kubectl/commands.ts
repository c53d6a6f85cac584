/** All commands of kubectl. A new verb is a file in verbs/, a row in surface.json and an entry here. */
import type { Verb } from './command.ts';
import { get } from './verbs/get.ts';

export const verbs: readonly Verb[] = [get];
