/** Versions and address ranges of the simulated cluster. */
export const KUBERNETES_VERSION = 'v1.36.2';

/** The version of Kubernetes that a machine was set up with, as its kubelet's says. */
export function versionOf({ kubeletVersion }: { kubeletVersion: string }): string {
  return /^v\d+\.\d+\.\d+$/.test(kubeletVersion) ? kubeletVersion : KUBERNETES_VERSION;
}

export const SERVICE_CIDR = '10.96.0.0/12';
export const POD_CIDR = '10.244.0.0/16';
export const API_SERVICE_IP = '10.96.0.1';
export const DNS_SERVICE_IP = '10.96.0.10';
