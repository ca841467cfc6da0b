import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApi, testApi } from '../support/api.ts'

const now = new Date('2026-06-01T12:00:00Z')
let api: TestApi
beforeAll(async () => {
  api = await testApi({ clock: () => now })
  for (const n of [1, 2, 3]) await api.call('POST', '/v1/identify', { userId: `c${n}` })
})
afterAll(() => api.close())

const customers = async () => {
  const { rows } = await api.db.pool.query('SELECT id FROM customer ORDER BY external_id')
  return rows.map(row => row.id as number)
}

test('every offer is listed with whom it was made to, who took it, and what is left of its budget', async () => {
  expect((await api.call('GET', '/v1/offers')).body).toEqual({ data: [], next: null })
  const [one, two, three] = await customers()
  await api.db.pool.query(`INSERT INTO offer_grant (key, customer, value, budget, granted_at, expires_at, redeemed_at) VALUES
    ('spring', ${one}, '"10 %"', 5, '2026-05-01', '2026-05-10', NULL), ('spring', ${two}, '"10 %"', 5, '2026-05-02', '2026-05-10', '2026-05-03'),
    ('spring', ${three}, '"15 %"', 3, '2026-05-20', '2026-07-01', NULL), ('always', ${one}, '20', NULL, '2026-05-01', NULL, NULL)`)
  const { body } = await api.call('GET', '/v1/offers?limit=1')
  expect(body.data).toEqual([
    expect.objectContaining({ key: 'always', value: 20, granted: 1, redeemed: 0, open: 1, budget: null, left: null }),
  ])
  const rest = await api.call('GET', `/v1/offers?limit=1&cursor=${body.next}`)
  expect(rest.body).toEqual({
    data: [
      {
        key: 'spring',
        value: '15 %',
        granted: 3,
        customers: 3,
        redeemed: 1,
        expired: 1,
        open: 1,
        budget: 3,
        left: 2,
        firstAt: '2026-05-01T00:00:00.000Z',
        lastAt: '2026-05-20T00:00:00.000Z',
      },
    ],
    next: null,
  })
})

test('points are summed by tier, those below every tier too', async () => {
  await api.call('PUT', '/v1/loyalty/tiers', { tiers: [{ key: 'gold', name: 'Gold', fromPoints: 100 }] })
  await api.call('POST', '/v1/customers/c1/loyalty/earn', { points: 150, key: 'k1' })
  await api.call('POST', '/v1/customers/c1/loyalty/redeem', { points: 50, key: 'k2' })
  await api.call('POST', '/v1/customers/c2/loyalty/earn', { points: 10, key: 'k3' })
  expect((await api.call('GET', '/v1/loyalty')).body).toEqual({
    customers: 2,
    balance: 110,
    earned: 160,
    tiers: [
      { key: null, name: null, fromPoints: null, customers: 1 },
      { key: 'gold', name: 'Gold', fromPoints: 100, customers: 1 },
    ],
  })
})

test('a suppression is lifted with a reason that the audit keeps', async () => {
  await api.call('POST', '/v1/suppressions', { channel: 'email', address: 'a@mail.example' })
  const lifted = await api.call('DELETE', '/v1/suppressions?channel=email&address=a@mail.example&reason=a+mistake')
  expect(lifted.status).toBe(204)
  const { data } = (await api.call('GET', '/v1/audit?limit=1')).body
  expect(data[0]).toMatchObject({ action: 'suppression.lifted', facts: { channel: 'email', reason: 'a mistake' } })
})
