import { describe, expect, it } from 'vitest'
import { listFields, findFieldProblem } from '../../../src/simulator/wires/read-body.ts'
import type { Fields } from '../../../src/simulator/wires/wire.ts'

const FIELDS: Fields = {
  ...listFields('whole', 'max_tokens n'),
  stop: 'text|list',
  messages: [{ role: 'text', content: 'text|list' }],
  options: { deep: { stream: 'flag' } },
}

describe('the fields of a body', () => {
  it.each([
    [{ max_tokens: 5, stop: ['a'], messages: [{ role: 'user', content: 'hi' }], options: { deep: { stream: true } } }],
    [{ stop: 'a', max_tokens: null, messages: null, options: null }],
    [{}],
  ])('are right in %j', (body) => expect(findFieldProblem(body, FIELDS)).toBeNull())

  it.each([
    [{ surprise: 1 }, 'surprise', null],
    // No name of the language itself is a field.
    [{ toString: 1 }, 'toString', null],
    [{ max_tokens: '5' }, 'max_tokens', 'an integer'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'an integer'],
    [{ stop: 1 }, 'stop', 'a string or an array'],
    [{ messages: {} }, 'messages', 'an array'],
    [{ messages: [{ role: 'user' }, 'hi'] }, 'messages.1', 'an object'],
    [{ messages: [{ role: 'user', name: 'x' }] }, 'messages.0.name', null],
    [{ options: { deep: { stream: 'yes' } } }, 'options.deep.stream', 'a boolean'],
    [{ options: { shallow: 1 } }, 'options.shallow', null],
  ])('are wrong in %j', (body, path, expected) => expect(findFieldProblem(body, FIELDS)).toEqual({ path, expected }))
})
