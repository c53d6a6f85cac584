/** What each flag does, in a line. */

const ABOUT: Readonly<Record<string, string>> = {
  'all-namespaces': 'Work on all namespaces, whatever the current one is.',
};

/** The line for a flag; flags without one say only that they exist. */
export function aboutFlag(name: string): string {
  return ABOUT[name] ?? 'See the Kubernetes reference.';
}
