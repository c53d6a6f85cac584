/** PEM armour around the model's own payloads: it looks like the files of a real cluster and can be copied like them. */

/** Wraps bytes as `-----BEGIN <label>-----` text in lines of 64 characters. */
export function pemEncode(label: string, payload: string | Buffer): string {
  const base64 = Buffer.from(payload).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The payloads of all blocks whose label ends in `label`, in order of appearance. */
export function pemDecode(label: string, text: string): string[] { return pemBytes(label, text).map((bytes) => bytes.toString('utf8')); }

/** The same as bytes. */
export function pemBytes(label: string, text: string): Buffer[] {
  const blocks: Buffer[] = [];
  for (const match of text.matchAll(/-----BEGIN ([A-Z ]+)-----([^-]*)-----END ([A-Z ]+)-----/g)) {
    if (match[1] !== match[3] || !match[1]!.endsWith(label)) continue;
    blocks.push(Buffer.from(match[2]!, 'base64'));
  }
  return blocks;
}

/** Parses a block's payload; undefined for anything that is not a JSON object. */
export function parsePayload(payload: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // not one of ours: the caller says "malformed" in its own words
  }
}
