/** ImageLocality: better where large images lie already, less so when few nodes have them. */
import type { PodSpec, Volume } from '../../api/types.ts';
import { type Plugin, SCORE_MAX } from '../framework.ts';

const MEBIBYTE = 1024 * 1024;
const THRESHOLD_MIN_BYTES = 23 * MEBIBYTE; // minThreshold: smaller images are quickly pulled
const THRESHOLD_MAX_BYTES = 1000 * MEBIBYTE; // maxContainerThreshold, for each container

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  preScore({ pod: { spec } }, cluster) {
    if (cluster.imageNodes.size === 0) return { same: 0, score: () => 0 };
    const wanted = imagesOf(spec);
    const max = THRESHOLD_MAX_BYTES * ((spec.initContainers?.length ?? 0) + spec.containers.length);
    const spread = wanted.filter((image) => cluster.imageNodes.has(image)).map((image) => ({ image, share: (cluster.imageNodes.get(image) ?? 0) / cluster.nodes.length }));
    if (spread.length === 0) return { same: 0, score: () => 0 };
    return {
      score({ images }) {
        let bytes = 0;
        for (const { image, share } of spread) bytes += Math.trunc((images.get(image) ?? 0) * share);
        const counted = Math.min(Math.max(bytes, THRESHOLD_MIN_BYTES), max);
        return Math.trunc((SCORE_MAX * (counted - THRESHOLD_MIN_BYTES)) / (max - THRESHOLD_MIN_BYTES));
      },
    };
  },
};

function imagesOf(spec: PodSpec): string[] {
  const inVolumes = (spec.volumes ?? []).flatMap((volume) => imageVolumeOf(volume) ?? []);
  return [...[...spec.initContainers ?? [], ...spec.containers].map(({ image = '' }) => image), ...inVolumes].map(withTag);
}

/** The image of an image volume (newer than the types that describe Volume). */
function imageVolumeOf(volume: Volume & { image?: { reference?: string } }): string | undefined {
  return volume.image?.reference;
}

/** Nodes list images with their tags. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
