/** What can be said of a line before it runs. */

/** What writes while it runs, and what may stand before it. In scripts and functions a command may be captured or redirected, whatever their call looks like. */
const STREAMING = /^(?:\w+=\S*\s+|(?:sudo|time|exec|command|nohup)\s+(?:-\w+\s+)*|timeout\s+\S+\s+)*(?:kubectl|k|crictl|ssh|watch)(?:\s|$)/;

/** One command without pipes, redirections, lists or substitutions, perhaps in the background: its output may go to the terminal while it runs. */
export function isForeground(line: string): boolean {
  const bare = line.replace(/\\./g, 'x').replace(/'[^']*'/g, 'x').replace(/"[^"`$]*"/g, 'x').trim().replace(/\s*&$/, '');
  return STREAMING.test(bare) && !/[|<>;&`\n]|\$\(/.test(bare);
}

/** Whether more lines must follow: an open quote, here-document, continuation or block. */
export function isIncomplete(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  if (hereDocumentOpen(text)) return true;
  const bare = withoutHereDocuments(text);
  return openQuote(bare) || openBlock(bare);
}

function hereDocumentOpen(text: string): boolean {
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const marker = HERE.exec(lines[i]!)?.[2];
    if (marker === undefined) continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === marker);
    if (end < 0) return true;
    i = end;
  }
  return false;
}

const HERE = /<<-?\s*(['"]?)([A-Za-z_]\w*)\1/;

function withoutHereDocuments(text: string): string {
  const lines = text.split('\n');
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    kept.push(lines[i]!.replace(HERE, ''));
    const marker = HERE.exec(lines[i]!)?.[2];
    if (marker === undefined) continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === marker);
    i = end < 0 ? lines.length : end;
  }
  return kept.join('\n');
}

function openQuote(text: string): boolean {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && quote !== "'") i++;
    else if (quote) { if (c === quote) quote = ''; }
    else if (c === "'" || c === '"') quote = c;
    else if (c === '#' && (i === 0 || /\s/.test(text[i - 1]!))) i = text.indexOf('\n', i) < 0 ? text.length : text.indexOf('\n', i);
  }
  return quote !== '';
}

function openBlock(text: string): boolean {
  const bare = text.replace(/'[^']*'/g, '').replace(/"[^"]*"/g, '');
  const words = bare.split(/[\s;&|]+/);
  const count = (list: readonly string[]) => words.filter((word) => list.includes(word)).length;
  return count(['do']) > count(['done']) || count(['if']) > count(['fi']) || count(['case']) > count(['esac']) || (bare.match(/\{(?=\s)/g) ?? []).length > (bare.match(/(^|\s|;)\}/g) ?? []).length;
}
