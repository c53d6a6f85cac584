/** `kubeadm reset`: the node forgets that it was ever part of a cluster. */
import { type KubeadmCall, KubeadmError } from './call.ts';

const FILES = ['admin.conf', 'super-admin.conf', 'kubelet.conf', 'bootstrap-kubelet.conf', 'controller-manager.conf', 'scheduler.conf'].map((name) => `/etc/kubernetes/${name}`);
const FOLDERS = ['/etc/kubernetes/manifests', '/etc/kubernetes/pki', '/var/lib/kubelet'];

export function reset({ machine: { os }, flags, write }: KubeadmCall): string {
  if (!flags.has('-f') && !flags.has('--force')) throw new KubeadmError('[reset] Are you sure you want to proceed? [y/N]: aborted reset operation (use --force)');
  write('[preflight] Running pre-flight checks\n[reset] Stopping the kubelet service\n');
  os.systemd.stop('kubelet');
  write(`[reset] Deleting contents of directories: [${FOLDERS.slice(0, 2).join(' ')}]\n[reset] Deleting files: [${FILES.join(' ')}]\n`);
  for (const file of FILES) os.files.remove(file, { force: true });
  for (const folder of FOLDERS) {
    if (!os.files.exists(folder)) continue;
    for (const name of os.files.list(folder)) os.files.remove(`${folder}/${name}`, { recursive: true, force: true });
  }
  return '\nThe reset process does not perform cleanup of CNI plugin configuration,\nnetwork filtering rules and kubeconfig files.\n';
}
