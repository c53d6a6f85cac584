/** cloud-controller-manager: the controllers that need the cloud's API, in a process of their own. */
import { ControllerHost, type HostedController, type HostOptions, isEnabled } from '../controllers/controller-host.ts';
import type { Cloud } from './cloud.ts';
import { cloudNodeController, cloudNodeLifecycleController, routeController } from './node.ts';
import { serviceController } from './service.ts';

/** Further names of `--controllers`. */
const ALIASES: Readonly<Record<string, string>> = { 'cloud-node': 'cloud-node-controller', 'cloud-node-lifecycle': 'cloud-node-lifecycle-controller', service: 'service-lb-controller', route: 'node-route-controller' };

export interface CloudControllerManagerOptions extends HostOptions {
  cloud: Cloud;
  /** `--controllers`: `*`, names, `-name`. */
  controllers?: readonly string[];
  /** `--configure-cloud-routes` with `--allocate-node-cidrs`: the cloud's network carries the Pods' packets. */
  configureCloudRoutes?: boolean;
}

export class CloudControllerManager extends ControllerHost {
  constructor(options: CloudControllerManagerOptions) {
    const { cloud, controllers = ['*'], configureCloudRoutes = false } = options;
    const all: HostedController[] = [
      { name: 'cloud-node-controller', account: 'cloud-node-controller', controller: cloudNodeController(cloud) },
      { name: 'cloud-node-lifecycle-controller', account: 'cloud-node-lifecycle-controller', controller: cloudNodeLifecycleController(cloud) },
      { name: 'service-lb-controller', account: 'service-controller', controller: serviceController(cloud) },
      ...(configureCloudRoutes ? [{ name: 'node-route-controller', account: 'route-controller', controller: routeController(cloud) }] : []),
    ];
    super('cloud-controller-manager', options, () => all.filter(({ name }) => isEnabled(name, controllers, ALIASES)));
  }
}
