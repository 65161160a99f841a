import { describe, expect, test } from 'vitest'
import { SettingsError } from '../../src/errors.ts'
import { resolveSettings } from '../../src/settings.ts'
import { resolveAtOnce } from '../support/run-settings.ts'
import type { SettingsInput } from '../../src/settings.ts'

const CONFIG = 'plateau.yml'

/** What is said of settings that are read from these flags and this config file; null when nothing is wrong. */
async function complaintOf(
  flags: readonly string[],
  file: string | null = null,
  more: Partial<SettingsInput> = {},
): Promise<string | null> {
  try {
    await resolveSettings({
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

const BOTH = ['candidate-command=vllm serve new', 'control-command=vllm serve old']

describe('what is run here', () => {
  test.each(['candidate-command', 'control-command', 'redeploy-command', 'sessions'])(
    '%s is refused in a config file, with the reason and the place where it belongs',
    async (name) => {
      const said = await complaintOf([], `${name}: 3`)
      expect(said).toContain(
        `${name}: must not stand in a file; use --${name}: a file that others can change must not say what is run here`,
      )
      const scenario = await complaintOf(['scenario=one'], `scenarios:\n  one:\n    ${name}: 3`)
      expect(scenario).toContain(`${name}: must not stand in a file`)
    },
  )

  test('no environment variable gives it', async () => {
    const env = { PLATEAU_CANDIDATE_COMMAND: 'a', CANDIDATE_COMMAND: 'b', PLATEAU_CONTROL_COMMAND: 'c' }
    expect(await complaintOf(['sessions=2'], null, { env })).toContain('sessions: are counted where')
  })

  test('keys in a command are secrets, its other words are not', () => {
    const { secrets } = resolveAtOnce({
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

describe('commands and sessions that contradict each other', () => {
  test.each<[string, readonly string[], string]>([
    ['a control without a candidate', ['control-command=old'], 'nothing starts the candidate; give candidate-command'],
    [
      'sessions in which nothing is fresh',
      ['sessions=3'],
      'nothing does so; give candidate-command and control-command',
    ],
    [
      'sessions of the candidate alone',
      ['sessions=3', 'candidate-command=new'],
      'sessions: are counted where both sides',
    ],
    ['a server here, and deployments elsewhere', [...BOTH, 'redeploy-command=kubectl'], 'remove one of them'],
    ['deployments without a control', ['redeploy-command=kubectl'], 'give its URL as control'],
    ['a command whose server nobody waits for', [...BOTH, 'preflight=false'], 'preflight is off'],
    ['runs and a command', [...BOTH, 'runs=3'], 'use sessions, and remove runs'],
    ['a second look and sessions', [...BOTH, 'confirm=3'], 'another session takes its place'],
    ['pauses and sessions', ['redeploy-command=kubectl', 'control=https://main.example', 'pause=5s'], 'have neither'],
    ['one side at a time and both at once', [...BOTH, 'control-timing=together'], 'control-command starts it alone'],
  ])('%s', async (_, flags, message) => {
    expect(await complaintOf(flags)).toContain(message)
  })

  test.each<[string, readonly string[]]>([
    ['two commands at one port', BOTH],
    ['two commands at a port each', [...BOTH, 'control=http://127.0.0.1:8001', 'sessions=6']],
    ['a command beside a control that is there', ['candidate-command=new', 'control=http://127.0.0.1:8001']],
    ['a command alone', ['candidate-command=new']],
    ['deployments elsewhere', ['redeploy-command=kubectl', 'control=https://main.example', 'sessions=2']],
    ['a tolerance without a history: the control is compared with', [...BOTH, 'baseline=none', 'tolerance=3%']],
    ['the model of a control that a command starts', [...BOTH, 'control-model=m']],
    ['no second look, which there is none in sessions', [...BOTH, 'confirm=0']],
    ['proof without a history: the control is what it rests on', [...BOTH, 'baseline=none', 'gate=release']],
  ])('%s go together', async (_, flags) => {
    expect(await complaintOf(flags)).toBeNull()
  })
})
