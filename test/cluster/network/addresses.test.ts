import { expect, test } from 'vitest';
import { AddressPool, addressIn, cidrContains } from '../../../src/cluster/network/addresses.ts';

test.each([
  ['10.96.0.0/12', '10.96.0.10', true],
  ['10.96.0.0/12', '10.111.255.255', true],
  ['10.96.0.0/12', '10.112.0.0', false],
  ['192.168.1.7/32', '192.168.1.7', true],
  ['0.0.0.0/0', '255.1.2.3', true],
  ['nonsense', '10.0.0.1', false],
])('%s contains %s: %s', (cidr, address, wanted) => {
  expect(cidrContains(cidr, address)).toBe(wanted);
});

test('the tenth address of the Service range is the cluster DNS', () => {
  expect(addressIn('10.96.0.0/12', 10)).toBe('10.96.0.10');
});

test('a node hands out its addresses in turn and says when there are none left', () => {
  const pool = new AddressPool('10.244.1.0/29');
  const all = [1, 2, 3, 4, 5].map(() => pool.allocate());
  expect(all).toEqual(['10.244.1.2', '10.244.1.3', '10.244.1.4', '10.244.1.5', '10.244.1.6']);
  expect(pool.allocate()).toBeUndefined();
  pool.release('10.244.1.4');
  expect(pool.allocate()).toBe('10.244.1.4');
});
