import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfText, stored, textOfBytes } from '../../../src/cluster/node/byte-text.ts';

test('any bytes are the same after having been text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => Buffer.from(bytes).equals(bytesOfText(textOfBytes(bytes)))), { numRuns: 500 });
});

test('text is text: UTF-8 as everywhere, and nothing else looks like bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => textOfBytes(Buffer.from(text, 'utf8')) === text && bytesOfText(text).equals(Buffer.from(text, 'utf8')) && stored(text) === text));
  expect(stored(textOfBytes(Buffer.from([0x61, 0xff])))).toEqual(Buffer.from([0x61, 0xff]));
});

test.each([[[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf5, 0x80, 0x80, 0x80]], [[0xe2, 0x82]], [[0xef, 0xbf, 0xbd, 0xff]], [[0xf4, 0x90, 0x80, 0x80]]])('%j comes back', (bytes) => {
  expect([...bytesOfText(textOfBytes(Buffer.from(bytes)))]).toEqual(bytes);
});
