import { expect, test } from 'vitest'
import * as sdk from './ec2-sdk.ts'
import { ec2Actions } from './iam-policy.ts'

test('the policy allows exactly the commands that podpath sends', () => {
  const sent = Object.keys(sdk).flatMap((name) => /^(.*)Command$/.exec(name)?.[1] ?? [])
  expect([...ec2Actions]).toEqual(sent.sort())
})
