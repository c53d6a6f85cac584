/** The typed literals of mutating policies, `Object{spec: Object.spec{replicas: 3}}` and `JSONPatch{op: "add"}`, as plain CEL maps. */

/** The expression with every typed literal made a map; texts in quotes stay as they are. */
export function withPlainLiterals(expression: string): string {
  const tokens = expression.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:Object|JSONPatch)(?:\.\w+)*\s*\{|[A-Za-z_]\w*|\s+|[\s\S]/g) ?? [];
  const isTyped: boolean[] = [];
  let mayBeKey = false;
  return tokens.map((token, index) => {
    if (token.endsWith('{') && token.length >= 1) {
      isTyped.push(token.length > 1);
      mayBeKey = token.length > 1;
      return '{';
    }
    if (token === '[' || token === '(') isTyped.push(false);
    if (token === '}' || token === ']' || token === ')') isTyped.pop();
    if (/^\s+$/.test(token)) return token;
    const isKey = mayBeKey && /^[A-Za-z_]\w*$/.test(token) && tokens.slice(index + 1).find((next) => next.trim() !== '') === ':';
    mayBeKey = token === ',' && isTyped.at(-1) === true;
    return isKey ? `"${token}"` : token;
  }).join('');
}
