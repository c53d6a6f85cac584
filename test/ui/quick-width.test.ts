import fc from 'fast-check';
import exactWidth from 'string-width';
import { expect, it } from 'vitest';
import quickWidth from '../../src/ui/terminal/quick-width.ts';

it('counts every character up to the dots of Braille as string-width does, alone and before what may join it', () => {
  for (let code = 0; code < 0x2a00; code++) {
    const character = String.fromCharCode(code);
    for (const text of [character, `${character}\ufe0f`, `a${character}\u0301`]) if (quickWidth(text) !== exactWidth(text)) expect(`U+${code.toString(16)}: ${quickWidth(text)}`).toBe(String(exactWidth(text)));
  }
});

it('counts lines of ours, colours included, as string-width does', () => {
  const piece = fc.constantFrom('a', 'Pod/web-1', 'ä', 'ß', '…', '·', '─', '╭', '█', '⣿', '✓', '✗', '→', '●', '✅', '👩‍🚀', '日本', '\u0301', '\u200d', '\ufe0f', '\u001b[1;32m', '\u001b[0m', '\u001b]8;;x\u0007', '\u001b[2K', '\t', '\u00ad');
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const text = pieces.join('');
    expect(quickWidth(text)).toBe(exactWidth(text));
    expect(quickWidth(text, { countAnsiEscapeCodes: true })).toBe(exactWidth(text, { countAnsiEscapeCodes: true }));
  }), { numRuns: 2000 });
});
