/** A picture of a terminal: its cells as SVG, and as PNG for eyes. */
import { existsSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';
import type { IBufferCell, Terminal } from '@xterm/headless';

const CELL = { width: 8.43, height: 17, size: 14 };
export type Paper = 'dark' | 'light';
const PAPERS: Record<Paper, { background: string; foreground: string }> = { dark: { background: '#11141c', foreground: '#c8ccd8' }, light: { background: '#fbfbfd', foreground: '#2a2f3a' } };
const BASE = ['#2b303b', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#abb2bf', '#6b7280', '#f07178', '#b5e890', '#ffd080', '#82b4ff', '#d8a0ff', '#80d4e0', '#ffffff'];

const FONTS = [
  '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf', '/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf',
  '/usr/share/fonts/TTF/DejaVuSansMono.ttf', '/usr/share/fonts/TTF/DejaVuSansMono-Bold.ttf', '/System/Library/Fonts/Menlo.ttc',
];

/** The visible screen as an SVG document. */
export function toSvg(terminal: Terminal, paper: Paper = 'dark'): string {
  const width = Math.ceil(terminal.cols * CELL.width + 16);
  const height = terminal.rows * CELL.height + 16;
  const parts: string[] = [];
  for (let row = 0; row < terminal.rows; row += 1) {
    const line = terminal.buffer.active.getLine(row);
    for (let column = 0; line && column < terminal.cols; column += 1) {
      const cell = line.getCell(column);
      if (cell) parts.push(drawn(cell, 8 + column * CELL.width, 8 + row * CELL.height, paper));
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono, Menlo, monospace" font-size="${CELL.size}"><rect width="100%" height="100%" rx="8" fill="${PAPERS[paper].background}"/>${parts.join('')}</svg>`;
}

/** The same as a PNG, at double size. */
export function toPng(terminal: Terminal, paper: Paper = 'dark'): Buffer {
  const font = { fontFiles: FONTS.filter((file) => existsSync(file)), loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans Mono' };
  return Buffer.from(new Resvg(toSvg(terminal, paper), { font, fitTo: { mode: 'zoom', value: 1.5 } }).render().asPng());
}

function drawn(cell: IBufferCell, x: number, y: number, paper: Paper): string {
  const characters = cell.getChars();
  let colour = colourOf(cell, 'foreground') ?? PAPERS[paper].foreground;
  let behind = colourOf(cell, 'background');
  if (cell.isInverse()) [colour, behind] = [behind ?? PAPERS[paper].background, colour];
  const rect = behind ? `<rect x="${x}" y="${y}" width="${CELL.width * cell.getWidth() + 0.4}" height="${CELL.height}" fill="${behind}"/>` : '';
  if (characters.trim() === '') return rect;
  const weight = cell.isBold() ? ' font-weight="bold"' : '';
  const line = cell.isUnderline() ? ' text-decoration="underline"' : '';
  const dim = cell.isDim() ? ' opacity="0.6"' : '';
  return `${rect}<text x="${x}" y="${y + 13}" fill="${colour}"${weight}${line}${dim}>${characters.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</text>`;
}

function colourOf(cell: IBufferCell, side: 'foreground' | 'background'): string | undefined {
  const isFront = side === 'foreground';
  const value = isFront ? cell.getFgColor() : cell.getBgColor();
  if (isFront ? cell.isFgRGB() : cell.isBgRGB()) return `#${value.toString(16).padStart(6, '0')}`;
  if (isFront ? cell.isFgPalette() : cell.isBgPalette()) return paletteColour(value);
  return undefined;
}

function paletteColour(index: number): string {
  if (index < 16) return BASE[index]!;
  if (index >= 232) return grey(8 + (index - 232) * 10);
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return `rgb(${steps[Math.floor(cube / 36)]},${steps[Math.floor(cube / 6) % 6]},${steps[cube % 6]})`;
}

const grey = (level: number) => `rgb(${level},${level},${level})`;
