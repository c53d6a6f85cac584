/** What a terminal's line discipline does between a client's keys and a program that reads lines. */

/** Turns keys into lines, echoing them; `send` gets whole lines, `end` the end of input. */
export function lineDiscipline({ echo, send, end }: { echo: (text: string) => void; send: (line: string) => void; end: () => void }): (keys: string) => void {
  let line = '';
  let isInEscape = false;
  const key = (c: string) => {
    if (isInEscape) { isInEscape = !/[A-Za-z~]/.test(c); return; }
    if (c === '\u001b') isInEscape = true;
    else if (c === '\r' || c === '\n') { echo('\r\n'); send(`${line}\n`); line = ''; }
    else if (c === '\u007f' || c === '\b') { if (line) { line = line.slice(0, -1); echo('\b \b'); } }
    else if (c === '\u0003') { echo('^C\r\n'); line = ''; send('\n'); }
    else if (c === '\u0004') { if (!line) end(); }
    else if (c === '\u0015') { echo('\b \b'.repeat(line.length)); line = ''; }
    else if (c >= ' ' || c === '\t') { line += c; echo(c); }
  };
  return (keys) => { for (const c of keys) key(c); };
}

/** Output as a terminal gets it. */
export function onTerminal(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
