import { expect, test } from 'vitest'
import { fc } from '@fast-check/vitest'
import { podTemplateHash, safeString, seededRandom, uuid } from './random.ts'

test('a template hash has ten characters of those that a real one has, whatever the template', () => {
  fc.assert(
    fc.property(fc.string(), (template) => {
      expect(podTemplateHash(template)).toMatch(/^[bcdf4-9]{10}$/)
    }),
  )
})

test('the same seed gives the same names, another seed others', () => {
  const names = (seed: number) => safeString(seededRandom(seed), 20)
  expect(names(1)).toBe(names(1))
  expect(names(1)).not.toBe(names(2))
  expect(names(1)).toMatch(/^[bcdfghjklmnpqrstvwxz2-9]{20}$/)
})

test('a uid is a version 4 UUID', () => {
  expect(uuid(seededRandom(3))).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})
