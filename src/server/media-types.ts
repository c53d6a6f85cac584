/** Content negotiation: which of the forms a client accepts is answered. */

const JSON_TYPES = new Set(['application/json', 'application/*', '*/*']);
const YAML_TYPES = new Set(['application/yaml']);

/** A form that is served: JSON or YAML, perhaps as a Table or the like (then `clause` says so). */
export interface Form { encoding: 'json' | 'yaml'; clause: string }

/** The first acceptable form, in the client's order of preference; undefined for 406. */
export function acceptableForm(accept: string | undefined): Form | undefined {
  if (!accept?.trim()) return { encoding: 'json', clause: 'application/json' };
  const clauses = accept.split(',').map((text) => {
    const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
    const named = new Map(parameters.map((parameter): [string, string] => { const [name = '', value = ''] = parameter.split('='); return [name.trim().toLowerCase(), value.trim()]; }));
    return { type: type.toLowerCase(), named, quality: Number(named.get('q') ?? 1) };
  });
  for (const { type, named, quality } of clauses.sort((a, b) => b.quality - a.quality)) {
    const encoding = JSON_TYPES.has(type) ? 'json' : YAML_TYPES.has(type) ? 'yaml' : undefined;
    if (!encoding || quality === 0 || !isServed(named)) continue;
    const as = named.get('as');
    return { encoding, clause: as ? `application/json;as=${as};v=${named.get('v')};g=${named.get('g')}` : 'application/json' };
  }
  return undefined;
}

/** Tables and metadata of meta.k8s.io/v1, discovery of apidiscovery.k8s.io/v2. */
function isServed(named: ReadonlyMap<string, string>): boolean {
  const as = named.get('as');
  if (!as) return true;
  if (as === 'APIGroupDiscoveryList') return named.get('g') === 'apidiscovery.k8s.io' && named.get('v') === 'v2';
  return ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'].includes(as) && named.get('g') === 'meta.k8s.io' && named.get('v') === 'v1';
}
