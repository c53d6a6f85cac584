import { describe, expect, it } from 'vitest';
import { grantsOf } from '../../../src/kubectl/verbs/auth.ts';
import { interval } from '../../../src/kubectl/describe/events.ts';

describe('auth can-i --list', () => {
  it('joins verbs on a resource, keeps paths apart and sorts by verbs first', () => {
    const review = { status: {
      resourceRules: [
        { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
        { verbs: ['list', 'watch'], apiGroups: [''], resources: ['pods'] },
        { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'] },
      ],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, { verbs: ['get'], nonResourceURLs: ['/healthz', '/api'] }],
    } };
    expect(grantsOf(review).map(({ resource, url, verbs }) => `${resource || url} ${verbs.join(',')}`)).toEqual([
      'selfsubjectaccessreviews create', 'pods get,list,watch', '/api get', '/healthz get', '/healthz get',
    ]);
  });
});

describe('events', () => {
  const nowMs = Date.parse('2026-01-01T00:10:00Z');
  it.each([
    ['once', { firstTimestamp: '2026-01-01T00:09:55Z', lastTimestamp: '2026-01-01T00:09:55Z', count: 1 }, '5s'],
    ['counted', { firstTimestamp: '2026-01-01T00:09:00Z', lastTimestamp: '2026-01-01T00:09:55Z', count: 3 }, '5s (x3 over 60s)'],
    ['in a series', { eventTime: '2026-01-01T00:09:00.000000Z', series: { count: 4, lastObservedTime: '2026-01-01T00:09:58.000000Z' } }, '2s (x4 over 60s)'],
  ])('tells when something happened: %s', (_what, event, text) => expect(interval(event, nowMs)).toBe(text));
});
