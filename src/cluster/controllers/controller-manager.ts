/** kube-controller-manager: all controllers in one process, working only while it holds the lease. */
import { ControllerHost, type HostOptions, isEnabled } from './controller-host.ts';
import { ALIASES, type ControllerFlags, CONTROLLERS } from './controllers.ts';

export interface ControllerManagerOptions extends HostOptions, ControllerFlags {
  /** `--controllers`: `*`, names, `-name`. */
  controllers?: readonly string[];
}

export class ControllerManager extends ControllerHost {
  constructor(options: ControllerManagerOptions) {
    super('kube-controller-manager', options, () => CONTROLLERS.filter(({ name }) => isEnabled(name, options.controllers ?? ['*'], ALIASES)).flatMap(({ name, account, create }) => {
      const controller = create(options);
      return controller ? [{ name, account, controller }] : [];
    }));
  }
}
