import { expect, test } from 'vitest'
import { WORKLOAD_SETTINGS } from '../../../src/settings/lists/workload-settings.ts'

const readMix = (text: string) => WORKLOAD_SETTINGS.mix.read(text)

test('a mix names scenarios with whole shares that add up to 100 %', () => {
  expect(readMix('chat 70%, long prompts 20 %,summary 10%')).toEqual([
    { scenario: 'chat', percent: 70 },
    { scenario: 'long prompts', percent: 20 },
    { scenario: 'summary', percent: 10 },
  ])
  expect(readMix('a 1%\nb 99%')).toEqual([
    { scenario: 'a', percent: 1 },
    { scenario: 'b', percent: 99 },
  ])
})

test.each([
  ['chat 70%, rag 20%', 'adds up to 90%; the shares must add up to 100%, for example chat 70%, rag 20%, summary 10%'],
  ['chat 70%, rag 31%', 'adds up to 101%'],
  ['chat 100%', 'must have at least two scenarios'],
  ['chat 100%, rag 0%', 'must name scenarios of the config file, each with a share in whole percent'],
  ['chat 70.5%, rag 29.5%', 'in whole percent'],
  ['chat, rag', 'each with a share'],
  ['chat 50%, chat 50%', 'has chat twice; give it one share'],
  ['chat 50%, ch\u200bat 50%', 'has two scenarios that read chat, and differ only in what does not show'],
  ['caf\u00e9 50%, cafe\u0301 50%', 'has two scenarios that read caf\u00e9, and differ only in'],
  [Array.from({ length: 25 }, (_, i) => `s${i} 4%`).join(','), 'must have at most 20 scenarios, and has 25'],
])('%s is no mix', (text, message) => {
  expect(() => readMix(text)).toThrow(message)
})
