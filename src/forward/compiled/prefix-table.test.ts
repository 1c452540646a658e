import { test as property, fc } from '@fast-check/vitest'
import { expect } from 'vitest'
import type { Ip4 } from '../../model/address/address.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import { PrefixTable } from './prefix-table.ts'

export const entry = fc.record({ address: fc.nat(0xffffffff), length: fc.nat(32) })
property.prop([fc.array(entry, { minLength: 1, maxLength: 40 }), fc.nat(39), fc.nat(32)])(
  'the compiled table agrees with looking at every prefix',
  (entries, hit, flip) => {
    const table = entries.map(({ address, length }): readonly [Prefix, number] => [
      { address: address as Ip4, length },
      length,
    ])
    const near = entries[hit % entries.length]!.address
    const to = (flip === 32 ? near : (near ^ (1 << flip)) >>> 0) as Ip4
    const want = table.filter(([prefix]) => contains(prefix, to)).map(([, length]) => length)
    expect([...new PrefixTable(table).covering(to)]).toEqual(want.sort((a, b) => b - a))
  },
)
