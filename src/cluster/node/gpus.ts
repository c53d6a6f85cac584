/** A machine's graphics cards as the NVIDIA driver shows them, on the machine and in containers that were given some. */
import type { FileSystem } from './file-system.ts';

export const GPU_FOLDER = '/proc/driver/nvidia/gpus';

/** The cards of a machine in a node's description. */
export interface GpuHardware { count: number; /** A100 (default), H100, L4 or T4. */ model?: string }

export interface Gpu { folder: string; minor: number; uuid: string; product: string; architecture: string; computeCapability: string; memory: string }

const MODELS: Readonly<Record<string, Pick<Gpu, 'product' | 'architecture' | 'computeCapability' | 'memory'>>> = {
  A100: { product: 'NVIDIA A100-SXM4-40GB', architecture: 'Ampere', computeCapability: '8.0.0', memory: '40Gi' },
  H100: { product: 'NVIDIA H100 80GB HBM3', architecture: 'Hopper', computeCapability: '9.0.0', memory: '80Gi' },
  L4: { product: 'NVIDIA L4', architecture: 'Ada Lovelace', computeCapability: '8.9.0', memory: '24Gi' },
  T4: { product: 'Tesla T4', architecture: 'Turing', computeCapability: '7.5.0', memory: '16Gi' },
};
export const GPU_MODELS = Object.keys(MODELS);

/** Puts the cards into the machine. */
export function layOutGpus(files: FileSystem, { count, model = 'A100' }: GpuHardware, uuid: () => string): void {
  const { product } = MODELS[model] ?? MODELS['A100']!;
  files.makeDirectory('/dev');
  if (count > 0) files.write('/dev/nvidiactl', '');
  for (let minor = 0; minor < count; minor++) {
    const folder = `0000:${(0x3b + minor).toString(16)}:00.0`;
    files.makeDirectory(`${GPU_FOLDER}/${folder}`);
    files.write(`${GPU_FOLDER}/${folder}/information`, `Model: \t\t ${product}\nIRQ:   \t\t ${100 + minor}\nGPU UUID: \t GPU-${uuid()}\nBus Type: \t PCIe\nBus Location: \t ${folder}\nDevice Minor: \t ${minor}\n`);
    files.write(`/dev/nvidia${minor}`, '');
  }
}

/** The cards to be seen below a folder. */
export function gpusIn(files: Pick<FileSystem, 'exists' | 'list' | 'read'>, root = GPU_FOLDER): Gpu[] {
  if (!files.exists(root)) return [];
  return files.list(root).flatMap((folder) => {
    const path = `${root}/${folder}/information`;
    if (!files.exists(path)) return [];
    const value = (label: string) => new RegExp(`${label}:\\s*(.*)`).exec(files.read(path))?.[1] ?? '';
    const model = Object.values(MODELS).find(({ product }) => product === value('Model')) ?? MODELS['A100']!;
    return [{ ...model, folder, minor: Number(value('Device Minor')), uuid: value('GPU UUID') }];
  });
}

/** What `nvidia-smi` prints; undefined where no driver is. */
export function nvidiaSmi(files: Pick<FileSystem, 'exists' | 'list' | 'read'>, args: readonly string[]): string | undefined {
  if (!files.exists(GPU_FOLDER)) return undefined;
  const gpus = gpusIn(files);
  if (gpus.length === 0) return 'No devices were found\n';
  if (args.includes('-L')) return gpus.map(({ product, uuid }, index) => `GPU ${index}: ${product} (UUID: ${uuid})\n`).join('');
  const rule = `+${'-'.repeat(77)}+\n`;
  const row = (text: string) => `| ${text.padEnd(75)} |\n`;
  const mebibytes = ({ memory }: Gpu) => `${Number.parseInt(memory, 10) * 1024}MiB`;
  return [rule, row('NVIDIA-SMI 580.65.06     Driver Version: 580.65.06     CUDA Version: 13.0'), rule, row('GPU  Name                            Bus-Id             Memory-Usage'), rule,
    ...gpus.map((gpu, index) => row(`${String(index).padStart(3)}  ${gpu.product.padEnd(30)}  ${gpu.folder}       0MiB / ${mebibytes(gpu)}`)), rule].join('');
}
