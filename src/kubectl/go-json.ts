/** Mistakes in JSON in the words of Go's encoding/json. */
export const UNEXPECTED_END = 'unexpected end of JSON input';
const WORDS = ['true', 'false', 'null'];

/** What Go's encoding/json says of the first character that cannot stand where it does. */
export function goJsonProblem(text: string): string {
  const stack: ('{' | '[')[] = [];
  let state: 'value' | 'key or }' | 'key' | ':' | ', or end' | 'value or ]' = 'value';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (/\s/.test(c)) continue;
    const wrong = (where: string) => `invalid character ${c === "'" ? `'\\''` : c === '"' ? `'"'` : `'${c}'`} ${where}`;
    if (state === ':') { if (c !== ':') return wrong('after object key'); state = 'value'; continue; }
    if (state === ', or end') {
      const top = stack.at(-1);
      if (top === undefined) return wrong('after top-level value');
      if (c === ',') state = top === '{' ? 'key' : 'value';
      else if (c === (top === '{' ? '}' : ']')) stack.pop();
      else return wrong(top === '{' ? 'after object key:value pair' : 'after array element');
      continue;
    }
    if ((state === 'key or }' && c === '}') || (state === 'value or ]' && c === ']')) { stack.pop(); state = ', or end'; continue; }
    const isKey: boolean = state === 'key' || state === 'key or }';
    if (isKey && c !== '"') return wrong('looking for beginning of object key string');
    if (c === '{' || c === '[') { stack.push(c); state = c === '{' ? 'key or }' : 'value or ]'; continue; }
    const [token] = /^("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(i)) ?? WORDS.filter((word) => text.startsWith(word, i));
    if (token === undefined) return c === '"' ? UNEXPECTED_END : wrong('looking for beginning of value');
    i += token.length - 1;
    state = isKey ? ':' : ', or end';
  }
  return UNEXPECTED_END;
}
