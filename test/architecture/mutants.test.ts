import { expect, test } from 'vitest'
import { copySources, findMistyped } from '../mutants/find-mistyped.ts'
import { MUTANTS } from '../mutants/list.ts'

test('every mutant is correct TypeScript, so that its test fails because of what it does', async () => {
  const copy = copySources()
  try {
    expect(await findMistyped(MUTANTS, copy)).toEqual([])
  } finally {
    copy.remove()
  }
})

test('a mutant that is none is told', async () => {
  const copy = copySources()
  const [mutant] = MUTANTS
  try {
    const wrong = await findMistyped([{ ...mutant!, replace: `${mutant!.find}\nnothing.of.this.kind()\n` }], copy)
    expect(wrong.join()).toContain('TS')
  } finally {
    copy.remove()
  }
})
