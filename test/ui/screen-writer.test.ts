import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { RowTable } from '../../src/ui/terminal/row-table.ts';
import { ENTER, LEAVE, ScreenWriter } from '../../src/ui/terminal/screen-writer.ts';

class Output extends EventEmitter {
  columns = 10;
  rows = 3;
  written = '';
  isSlow = false;
  write(text: string): boolean {
    this.written += text;
    return !this.isSlow;
  }
  /** What was written since the last call. */
  taken(): string {
    const { written } = this;
    this.written = '';
    return written;
  }
}

function opened() {
  const output = new Output();
  const table = new RowTable();
  const writer = new ScreenWriter(output, table);
  writer.open();
  expect(output.taken()).toBe(ENTER);
  return { output, writer, table };
}

const sync = (text: string) => `\x1b[?2026h${text}\x1b[?2026l`;

test('only rows that changed are written, at their places', () => {
  const { output, writer } = opened();
  writer.write('\x1b[?25l');
  writer.write('one\ntwo\n');
  expect(output.taken()).toBe(sync('\x1b[1;1Hone\x1b[0m\x1b[K\x1b[2;1Htwo\x1b[0m\x1b[K\x1b[3;1H\x1b[0m\x1b[K'));
  writer.write('\x1b[2K\x1b[1A\x1b[2K\x1b[Gone\n\x1b[31mTWO\x1b[39m\n');
  expect(output.taken()).toBe(sync('\x1b[2;1H\x1b[31mTWO\x1b[39m\x1b[0m\x1b[K'));
  writer.write('one\n\x1b[31mTWO\x1b[39m\n');
  expect(output.taken()).toBe('');
});

test('behind a full row nothing is erased: the cursor stands on its last column', () => {
  const { output, writer } = opened();
  writer.write('0123456789\n');
  expect(output.taken()).toContain('\x1b[1;1H0123456789\x1b[0m\x1b[2;1H');
});

test('rows past the last are not written, and Ink is told of one row more', () => {
  const { output, writer } = opened();
  expect(writer.rows).toBe(4);
  writer.write('a\nb\nc\nd\n');
  expect(output.taken()).not.toContain('d');
});

test('after a resize every row is written again', () => {
  const { output, writer } = opened();
  writer.write('a\nb\n');
  output.taken();
  Object.assign(output, { columns: 12 });
  output.emit('resize');
  writer.write('a\nb\n');
  expect(output.taken()).toContain('\x1b[1;1Ha');
});

test('a slow line gets the newest frame, not all of them', () => {
  const { output, writer } = opened();
  output.isSlow = true;
  writer.write('a\n');
  output.taken();
  writer.write('b\n');
  writer.write('c\n');
  expect(output.taken()).toBe('');
  output.isSlow = false;
  output.emit('drain');
  expect(output.taken()).toBe(sync('\x1b[1;1Hc\x1b[0m\x1b[K'));
});

test('closing gives the screen back once, and nothing is drawn after it', () => {
  const { output, writer } = opened();
  writer.close();
  writer.close();
  writer.write('a\n');
  expect(output.taken()).toBe(LEAVE);
});

test('characters that stand for rows are put in their places, however many there were', () => {
  const { output, writer, table } = opened();
  for (let frame = 0; frame < 3_000; frame += 1) {
    const tokens = table.tokensOf([`row ${frame}`, 'same', `last ${frame}`]);
    writer.write(`${tokens.join('\n')}\n`);
  }
  expect(output.taken()).toMatch(/\x1b\[1;1Hrow 2999\x1b\[0m\x1b\[K\x1b\[3;1Hlast 2999\x1b\[0m\x1b\[K\x1b\[\?2026l$/);
});
