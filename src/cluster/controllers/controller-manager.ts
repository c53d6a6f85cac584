/** kube-controller-manager: all controllers in one process, working only while it holds the lease. */
import { ControllerHost, type HostOptions, isEnabled } from './controller-host.ts';
import { ALIASES, type ControllerFlags, CONTROLLERS, OFF_BY_DEFAULT } from './controllers.ts';

export interface ControllerManagerOptions extends HostOptions, ControllerFlags {
  /** `--controllers`: `*`, names, `-name`. */
  controllers?: readonly string[];
}

export class ControllerManager extends ControllerHost {
  constructor(options: ControllerManagerOptions) {
    super('kube-controller-manager', options, () => CONTROLLERS.filter(({ name }) => isEnabled(name, withoutUnasked(name, options.controllers ?? ['*']), ALIASES)).flatMap(({ name, account, create }) => {
      const controller = create(options);
      return controller ? [{ name, account, controller }] : [];
    }));
  }
}

/** The names given, without `*` for a controller that has to be asked for. */
function withoutUnasked(name: string, given: readonly string[]): readonly string[] {
  return OFF_BY_DEFAULT.includes(name) ? given.filter((each) => each !== '*') : given;
}
