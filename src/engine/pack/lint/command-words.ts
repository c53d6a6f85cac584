/** What commands a script uses, in the words that levels teach them by. */

const TOOLS = /^(etcdctl|etcdutl|crictl|systemctl|journalctl|kubeadm|openssl|ssh|curl)$/;
const GROUPED = /^(rollout|set|auth|certificate|config|create|top)$/;

/** `kubectl scale`, `kubectl rollout undo`, `etcdctl`, in order of use. */
export function commandWords(script: string): string[] {
  const found = new Set<string>();
  for (const line of script.split(/\n|;|&&|\||\$\(/)) {
    const words = line.trim().replace(/^sudo\s+/, '').split(/\s+/);
    if (words[0] === 'kubectl') {
      const [verb, sub] = words.slice(1).filter((word) => !word.startsWith('-'));
      if (verb) found.add(GROUPED.test(verb) && sub && /^[a-z-]+$/.test(sub) && verb !== 'create' ? `kubectl ${verb} ${sub}` : `kubectl ${verb}`);
    } else if (TOOLS.test(words[0] ?? '')) found.add(words[0]!);
  }
  return [...found];
}
