/** kubectl kustomize: what -k would send, printed. */
import type { Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { build } from '../kustomize/index.ts';
import { goYaml } from '../printers/yaml.ts';

export const kustomize: Verb = {
  path: 'kustomize', about: 'Build a kustomization target from a directory or URL',
  help: 'Puts together the resources that a kustomization.yaml names, with its prefixes, labels, images and patches, and prints them.\nNothing is sent: `kubectl apply -k DIR` does that.',
  examples: [['# The current folder', 'kubectl kustomize'], ['# An overlay', 'kubectl kustomize overlays/production']],
  async run(call) {
    if (call.args.length > 1) throw new KubectlError('specify one path to kustomization.yaml');
    const text = (await build(call, call.args[0] ?? '.')).map((object) => goYaml(object)).join('---\n');
    const output = call.flags.string('output');
    if (!output) return call.out(text);
    const { files } = call.environment;
    await files.write((await files.isDirectory(output)) ? `${output}/kustomization-build.yaml` : output, text);
  },
};
