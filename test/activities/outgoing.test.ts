import { describe, expect, test } from 'vitest'
import { isPrivate } from '../../activities/outgoing.ts'
import { sign } from '../../domain/journey/webhook-signature.ts'

describe('an address to be called', () => {
  test.each([
    ['10.1.2.3', true],
    ['172.31.255.255', true],
    ['192.168.0.1', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['::ffff:10.0.0.1', true],
    ['64:ff9b::a00:1', true],
    ['fd00::1', true],
    ['fe80::1%eth0', true],
    ['2002:a00:1::', true],
    ['not an address', true],
    ['93.184.216.34', false],
    ['172.32.0.1', false],
    ['2606:2800:220:1:248:1893:25c8:1946', false],
  ])('%s is private: %s', (address, answer) => {
    expect(isPrivate(address)).toBe(answer)
  })

  test('signs the same text at the same moment alike, and no other', () => {
    const at = new Date(1_700_000_000_000)
    expect(sign('a', '{}', at)).toBe(sign('a', '{}', at))
    expect(sign('a', '{}', at)).not.toBe(sign('b', '{}', at))
    expect(sign('a', '{}', at)).not.toBe(sign('a', '{ }', at))
  })
})
