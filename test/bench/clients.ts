/** Clients in a process of their own: KUBECONFIG WATCHES CLIENTS OBJECTS; says as JSON what they saw. */
import { KubeConfig } from '@kubernetes/client-node';
import { putUnderLoad } from '../server/load.ts';

const [, , path = '', ...numbers] = process.argv;
const [watches = 0, clients = 1, objects = 1] = numbers.map(Number);
const config = new KubeConfig();
config.loadFromFile(path);
process.stdout.write(JSON.stringify(await putUnderLoad(config, { watches, clients, objects })));
process.exit(0);
