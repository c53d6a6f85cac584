/** In progress: kube-proxy, DNS and the control plane's processes are being written now by the engineer of the network piece. */
