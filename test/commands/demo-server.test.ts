import { describe, expect, it } from 'vitest'
import { demoRun } from '../../src/commands/demo-server.ts'
import { DEMO_SETTINGS } from '../../src/commands/demo.ts'
import { opening } from '../../src/commands/demo-story.ts'
import { API_NAMES } from '../../src/vocabulary/api-names.ts'
import { apiByName } from '../../src/vendors/apis.ts'
import { resolveSettings } from '../../src/settings.ts'
import { findDestination } from '../../src/simulator/wires/wires.ts'

const TOLD_OVER = API_NAMES.filter((name) => name !== 'openai-embeddings')

function settingsOf(flags: readonly string[]) {
  const readFile = () => {
    throw new Error('no files')
  }
  const defaults = { baseline: { kind: 'file', path: 'history.json' }, name: null } as const
  return resolveSettings({ flags, env: {}, readFile, defaults }).settings
}

describe('the demo', () => {
  it.each(TOLD_OVER)('is told over %s, which the simulated server speaks there', (name) => {
    const { endpoint, api, model } = settingsOf(demoRun('http://127.0.0.1:8000', name))
    const spoken = apiByName(api === 'auto' ? 'openai-chat' : api)
    expect(spoken.name).toBe(name)
    expect(findDestination(spoken.url(endpoint, spoken.tasks[0]!, model))?.wire.api).toBe(name)
  })

  it('names the API only when somebody asked for one', () => {
    expect(demoRun('http://127.0.0.1:8000', 'openai-chat').join(' ')).not.toContain('--api')
    expect(opening('/tmp/x', false, 'openai-chat')).not.toContain('openai-chat')
    expect(opening('/tmp/x', false, 'tgi')).toContain('It speaks tgi')
  })

  it('is not told over an API without tokens to wait for, and says why', () => {
    expect(() => DEMO_SETTINGS.api.read('openai-embeddings')).toThrow('the story is about TTFT and TPOT')
    expect(() => DEMO_SETTINGS.api.read('smoke-signals')).toThrow('must be one of openai-chat,')
  })
})
