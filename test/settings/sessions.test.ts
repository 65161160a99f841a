import { describe, expect, test } from 'vitest'
import { SettingsError } from '../../src/errors.ts'
import { resolveSettings } from '../../src/settings.ts'
import type { SettingsInput } from '../../src/settings.ts'

const CONFIG = 'plateau.yml'

/** What is said of settings that are read from these flags and this config file; null when nothing is wrong. */
function complaintOf(
  flags: readonly string[],
  file: string | null = null,
  more: Partial<SettingsInput> = {},
): string | null {
  try {
    resolveSettings({
      flags: [
        '--endpoint=http://127.0.0.1:8000',
        ...(file === null ? [] : [`--config=${CONFIG}`]),
        ...flags.map((flag) => `--${flag}`),
      ],
      env: {},
      readFile: () => file ?? '',
      defaults: { baseline: { kind: 'file', path: 'history.json' }, name: null },
      ...more,
    })
    return null
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.message
  }
}

describe('what is run here', () => {
  test.each(['candidate-command'])(
    '%s is refused in a config file, with the reason and the place where it belongs',
    (name) => {
      const said = complaintOf([], `${name}: 3`)
      expect(said).toContain(
        `${name}: must not stand in a file; use --${name}: a file that others can change must not say what is run here`,
      )
      const scenario = complaintOf(['scenario=one'], `scenarios:\n  one:\n    ${name}: 3`)
      expect(scenario).toContain(`${name}: must not stand in a file`)
    },
  )

  test('keys in a command are secrets, its other words are not', () => {
    const { secrets } = resolveSettings({
      flags: [
        '--endpoint=http://127.0.0.1:8000',
        `--candidate-command=HF_TOKEN=hf_abc vllm serve m --api-key sk-one --max-num-seqs 64`,
      ],
      env: {},
      readFile: () => '',
      defaults: { baseline: { kind: 'none' }, name: null },
    })
    expect(secrets).toEqual(expect.arrayContaining(['hf_abc', 'sk-one']))
    for (const word of ['vllm', 'serve', 'm', '64']) expect(secrets).not.toContain(word)
  })
})

test('a command whose server nobody waits for contradicts itself', () => {
  expect(complaintOf(['candidate-command=vllm', 'preflight=false'])).toContain('preflight is off')
  expect(complaintOf(['candidate-command=vllm', 'runs=3', 'control=http://127.0.0.1:8001'])).toBeNull()
})
