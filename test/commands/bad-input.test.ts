import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { callHere } from '../support/call-here.ts'
import { temporaryFolder } from '../support/cli.ts'
import { serve } from '../support/http-server.ts'

const HERE = ['--endpoint', 'http://127.0.0.1:9']

/** What the command says to these arguments, after checking that it says nothing else. */
async function complaint(args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'folder'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  const { code, stdout, stderr } = await callHere(args, { cwd })
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
  expect(stderr).not.toMatch(/^ {4}at |Unexpected error/m)
  expect(stderr.endsWith('\n')).toBe(true)
  return stderr.slice(0, -1)
}

test.each([
  ['no endpoint', [], 'endpoint: is required: --endpoint URL'],
  [
    'not a URL',
    ['--endpoint', 'localhost:8000'],
    'endpoint: got "localhost:8000"; must be an http or https URL, for example http://127.0.0.1:8000',
  ],
  ['an unknown setting', [...HERE, '--concurency', '4'], '--concurency: is not a setting; did you mean --concurrency?'],
  [
    'a bad list',
    [...HERE, '--concurrency', '1,two'],
    'concurrency: got "1,two"; must be auto or whole numbers from 1 to 4096, for example 1, 2, 4, 8',
  ],
  ['zero', [...HERE, '--passes', '0'], 'passes: got "0"; must be a whole number from 1 to 20; or auto'],
  [
    'a negative number',
    [...HERE, '--max-requests', '-1'],
    'max-requests: got "-1"; must be a whole number from 1 to 1000000000; or none',
  ],
  [
    'an unknown unit',
    [...HERE, '--level-duration', '8 parsecs'],
    'level-duration: got "8 parsecs"; must be a duration from 100 ms to 3600 s, for example 8s, 500ms or 10m; or auto',
  ],
  [
    'a duration without its unit',
    [...HERE, '--limits', 'ttft-p50@4 <= 800'],
    'limits: got "ttft-p50@4 <= 800"; has ttft-p50 without a unit; write the unit, ms or s, for example 800ms',
  ],
  [
    'a rate without its unit',
    [...HERE, '--limits', 'plateau-throughput >= 3000'],
    /^limits: got ".*"; has plateau-throughput without a unit; write the unit, tok\/s/,
  ],
  [
    'settings that contradict each other',
    [...HERE, '--level-duration', '10s', '--max-duration', '5s'],
    'level-duration: is longer than max-duration, so that no level could end; shorten it or raise max-duration',
  ],
  [
    'a prompts file that is not there',
    [...HERE, '--prompts-file', 'none.jsonl'],
    'prompts-file: got "none.jsonl"; there is no such file; relative paths start in the current directory',
  ],
  [
    'a prompts file that is a folder',
    [...HERE, '--prompts-file', 'folder'],
    'prompts-file: got "folder"; is a folder; name the file in it',
  ],
  [
    'a file that would never end',
    [...HERE, '--config', '/dev/zero'],
    'config: got "/dev/zero"; is a device or a pipe; name a file',
  ],
  [
    'a history that only the action can reach',
    [...HERE, '--baseline', 'artifact'],
    /^baseline: is artifact, which only the action can reach; use file:<path> .*plateau compare --run/,
  ],
  ['proof without anything to prove it by', [...HERE, '--gate', 'release', '--baseline', 'none'], /^gate: is release/],
  ['an unknown metric', [...HERE, '--metrics', 'tpot-50'], /^metrics: got "tpot-50"; .*did you mean tpot-p50\?/],
  [
    'a tolerance above all',
    [...HERE, '--tolerance', '150%'],
    /^tolerance: got "150%"; must be a share from 0% to 100%/,
  ],
  ['nothing to append to', [...HERE, '--baseline', 'none', '--append'], /^append: .*baseline is none/],
  ['an empty key', [...HERE, '--api-key', ''], /^api-key: is empty: the secret it comes from is missing/],
  ['a word too many', [...HERE, 'fast'], /^argument after --endpoint: got "fast"; belongs to no flag/],
])('%s', async (_, flags, message) => {
  const said = await complaint(['run', ...flags])
  expect(said.split('\n')).toHaveLength(1)
  if (typeof message === 'string') expect(said).toBe(message)
  else expect(said).toMatch(message)
})

test('a prompts file of the wrong shape is told line by line', async () => {
  const lines = ['{"prompt": "fine"}', '', 'not JSON', '{"prompts": "x"}', '{"messages": []}', '{"prompt": 3}']
  const said = await complaint(['run', ...HERE, '--prompts-file', 'p.jsonl'], { 'p.jsonl': lines.join('\n') })
  expect(said.split('\n').map((line) => line.slice(0, 56))).toEqual([
    expect.stringMatching(/^prompts-file: got "p.jsonl"; line 3: is not JSON/),
    expect.stringMatching(/^prompts-file: got "p.jsonl"; line 4: must have exactly/),
    expect.stringMatching(/^prompts-file: got "p.jsonl"; line 5: "messages" must/),
    expect.stringMatching(/^prompts-file: got "p.jsonl"; line 6: "prompt" must be/),
  ])
})

test('all problems are told at once, those of files with them, and nothing is sent', async () => {
  const server = await serve((response) => response.end())
  const files = { 'plateau.yml': 'passes: many\noutput_tokens: 8\napi-key: sk-file\n', 'p.jsonl': '[]\n' }
  const flags = [
    '--config',
    'plateau.yml',
    '--prompts-file',
    'p.jsonl',
    '--limits',
    'tftt-p50@4 <= 1s',
    '--api',
    'grpc',
  ]
  const said = await complaint(['run', '--endpoint', server.url, '--input-tokens', '-5', ...flags], files)
  const settings = said.split('\n').map((line) => line.slice(0, line.indexOf(':')))
  expect(settings.toSorted()).toEqual(
    ['api', 'api-key', 'input-tokens', 'input-tokens', 'limits', 'output_tokens', 'passes', 'prompts-file'].toSorted(),
  )
  expect(said).toContain('did you mean output-tokens?')
  expect(said).toContain('did you mean ttft-p50?')
  expect(said).toMatch(/passes: got "many"; .*plateau\.yml, line 1/)
  expect(said).not.toContain('sk-file')
  expect(server.connections).toBe(0)
})

test.each([
  [['rnu'], 'command: got "rnu"; is not a command; did you mean run?'],
  [['simulate', '--slots', '0'], 'slots: got "0"; must be a whole number from 1 to 4096'],
  [['simulate', '--fault', 'meteor'], /^fault: got "meteor"; must name a fault, one of .*429, /],
  [['comapre', 'a.json'], 'command: got "comapre"; is not a command; did you mean compare?'],
  [
    ['import', 'a.json', '--format', 'gudellm'],
    'format: got "gudellm"; must be one of text, json, markdown, for what is written to stdout; results of guidellm are recognised by their content: leave --format out',
  ],
  [
    ['import', 'a.json', '--format', 'jsn'],
    'format: got "jsn"; must be one of text, json, markdown; did you mean json?',
  ],
  [['demo', '--fast'], '--fast: is not a setting; --help lists them'],
  [['demo', 'fast'], /^argument: got "fast"; belongs to no flag/],
  [
    ['demo', 'results/run-2026-05-01/report.json'],
    /^argument: got "results\/run-2026-05-01\/report\.json"; belongs to/,
  ],
])('%o', async (args, message) => {
  const said = await complaint(args)
  if (typeof message === 'string') expect(said).toBe(message)
  else expect(said).toMatch(message)
})

const LONG_KEY = 'sk-live-9f8e7d6c5b4a39281706'

test.each([[[LONG_KEY]], [['demo', LONG_KEY]], [['run', `--${LONG_KEY}`]], [['run', '--append', LONG_KEY]]])(
  'a key where a word was expected is not shown: %o',
  async (args) => {
    const said = await complaint(args)
    expect(said).toMatch(/is not a command|belongs to no flag|is not a setting/)
    expect(said).not.toContain('9f8e')
  },
)

test('a port that is taken is told by its setting', async () => {
  const { port } = await serve((response) => response.end())
  expect(await complaint(['simulate', '--port', String(port)])).toBe(
    `port: got "${port}"; is in use on 127.0.0.1; choose another, or 0 for a free one`,
  )
})
