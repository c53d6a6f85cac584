/** /openapi/v2 in protobuf, the only form in which Go clients ask for it: which kinds there are, and which parameters writes take. */

/** What such a client accepts. */
export const PROTOBUF_OPENAPI = /application\/com\.github\.proto-openapi\.spec\.v2[.@]v1\.0\+protobuf/;
export const PROTOBUF_OPENAPI_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

interface Operation { parameters?: readonly { name?: string; in?: string }[]; 'x-kubernetes-group-version-kind'?: object }
interface Document { swagger: string; info: { title: string; version: string }; paths: Readonly<Record<string, { patch?: Operation }>> }

/** The document's head, and of each path the patch operation with its query parameters. */
export function openApiProtobuf({ swagger, info, paths }: Document): Buffer {
  const items = Object.entries(paths).flatMap(([path, { patch }]) => (patch ? [field(2, field(1, path), field(2, field(8, operation(patch))))] : []));
  return Buffer.concat([field(1, swagger), field(2, field(1, info.title), field(2, info.version)), field(8, ...items)]);
}

function operation({ parameters = [], ...rest }: Operation): Buffer {
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name = '' }) => field(8, field(1, field(2, field(3, field(2, 'query'), field(4, name))))));
  const identity = rest['x-kubernetes-group-version-kind'];
  const extension = identity ? [field(13, field(1, 'x-kubernetes-group-version-kind'), field(2, field(2, JSON.stringify(identity))))] : [];
  return Buffer.concat([...query, ...extension]);
}

/** A field that has a length: text or a message. */
function field(number: number, ...contents: (string | Buffer)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(number << 3 | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
