/** The body of a request: bounded, of a known type, decoded. */
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import type { ApiResponse } from '../cluster/apiserver/request.ts';
import { decodeProtobuf, ProtobufError } from './protobuf/decode.ts';
import { JsonError, parseGoJson } from '../cluster/api/go-json.ts';
import { badRequest, BODY_MAX, unsupportedBody } from './refusals.ts';

const PATCHES = new Set(['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']);
/** What Go clients send for built-in kinds; they do not fall back to JSON when it is refused. */
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const SUMMARY_MAX = 30;

/** All bytes, or undefined past the limit (what follows is not kept). */
export async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_MAX) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) { // the refusal is still to be sent
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > BODY_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const isRefusal = (body: { value: unknown } | ApiResponse): body is ApiResponse => 'code' in body;

/** The decoded body, or the refusal. `kindName` is asked for when a body cannot be read. */
export function decodeBody(method: string, contentType: string | undefined, bytes: Buffer, kindName: () => string): { value: unknown } | ApiResponse {
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  const isPatch = method === 'PATCH';
  if (isPatch && !PATCHES.has(type)) return { value: undefined }; // the API server refuses it by its type
  if (!isPatch && type !== 'application/json' && type !== 'application/yaml' && type !== PROTOBUF) return unsupportedBody();
  const text = bytes.toString('utf8');
  try {
    if (type === PROTOBUF) return { value: decodeProtobuf(bytes) };
    if (type.endsWith('yaml')) return { value: yamlIn(text) };
    return { value: parseGoJson(text) };
  } catch (error) {
    if (error instanceof ProtobufError) return badRequest(error.message);
    if (!(error instanceof JsonError)) throw error;
    if (isPatch) return badRequest(`error decoding patch: ${error.message}`);
    const problem = type.endsWith('yaml') ? `error converting YAML to JSON: yaml: ${error.message}` : `couldn't get version/kind; json parse error: ${error.message}`;
    return badRequest(`the object provided is unrecognized (must be of type ${kindName()}): ${problem} (${summary(bytes)})`);
  }
}

/** YAML becomes JSON first, so that the same limits hold. */
function yamlIn(text: string): unknown {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new JsonError(error instanceof Error ? error.message.split('\n')[0]! : 'unreadable');
  }
  return parseGoJson(JSON.stringify(value) ?? 'null');
}

/** How the API server quotes a body that it could not read. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const isText = bytes[0] === 0x7b;
  const shown = bytes.subarray(0, SUMMARY_MAX).toString(isText ? 'utf8' : 'hex');
  return bytes.length > SUMMARY_MAX ? `${shown} ...` : shown;
}
