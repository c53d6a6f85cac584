/**
 * How many columns a text takes, as `string-width` counts; quick for what nearly every line of ours is made of.
 * The library's first text beyond ASCII compiles all emoji into one pattern (some 100 ms), and it takes every text apart into clusters.
 */
import exactWidth, { type Options } from 'string-width';

/** Characters of one column that join with no neighbour: Latin, punctuation, arrows, boxes, blocks, stars, dots. */
const COLUMNS = String.raw`\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u2600-\u2606\u2713\u2717\u2800-\u28ff`;

/** What takes one column a character, known without measuring. */
export const NARROW = new RegExp(`^[${COLUMNS}]*$`);

const NARROW_OR_COLOURED = new RegExp(String.raw`^(?:[${COLUMNS}]|\u001b\[[\d;]*m)*$`);
const COLOURS = /\u001b\[[\d;]*m/g;

/** The columns of a text on one line. The bundle gives it to the libraries, too, in `string-width`'s place. */
export default function stringWidth(text: string, options?: Options): number {
  if (options !== undefined || !NARROW_OR_COLOURED.test(text)) return exactWidth(text, options);
  return text.includes('\u001b') ? text.replace(COLOURS, '').length : text.length;
}
