import { expect, test } from 'vitest'
import { messageOf, resolve } from './support.ts'

const files = {
  'prompt.jsonl': '{"prompt": "a"}',
  'messages.jsonl': '{"messages": [{"role": "user", "content": "a"}]}',
  'input.jsonl': '{"input": ["a", "b"]}',
  'ca.pem': '-----BEGIN CERTIFICATE-----',
}

test.each([
  ['--concurrency 1,64 --max-concurrency 32', 'concurrency: has 64, above max-concurrency 32'],
  ['--auth none --api-key k', 'auth: is none, but an api-key is given'],
  ['--auth header:x-key', 'there is no key; set PLATEAU_API_KEY'],
  ['--api-key k --headers authorization:x', 'headers: sets authorization'],
  ['--api-key k --auth header:x-key --headers X-Key:1', 'headers: sets x-key'],
  ['--allowed-hosts other.example', 'endpoint: has the host 127.0.0.1:8000, which is not among allowed-hosts'],
  ['--allowed-hosts 127.0.0.1 --expect-version a --version-url http://o/v', 'version-url: has the host o'],
  ['--api openai-chat --task embeddings', 'task: is only for api: databricks'],
  ['--version-url http://127.0.0.1/v', 'version-url: is where expect-version looks'],
  ['--preflight false --expect-version abc', 'expect-version: is checked in preflight'],
  ['--preflight false --soak auto', 'soak: comes after preflight'],
  ['--prompts-file prompt.jsonl --batch-size 2 --api openai-embeddings', 'batch-size: is for generated prompts'],
  ['--ca-cert ca.pem', 'ca-cert: is for an https endpoint'],
  ['--prompts-file prompt.jsonl --input-tokens 5', 'input-tokens: is for generated prompts'],
  ['--prompts-file prompt.jsonl --shared-prefix-tokens 5', 'shared-prefix-tokens: is for generated prompts'],
  ['--shared-prefix-tokens 5', 'set prefix-cache to allow'],
  ['--shared-prefix-tokens 5 --prefix-cache allow --input-tokens 5', 'must be below input-tokens (5)'],
  ['--batch-size 2 --api openai-chat', 'batch-size: must be 1 for chat'],
  ['--batch-size 2 --api databricks --task completions', 'batch-size: must be 1 for completions'],
  ['--prompts-file messages.jsonl --api openai-completions', 'completions takes none; use "prompt"'],
  ['--prompts-file messages.jsonl --api openai-embeddings', 'embeddings takes none; use "input"'],
  ['--prompts-file input.jsonl --api openai-chat', 'prompts-file: has "input", which is for embeddings'],
  ['--prompts-file input.jsonl --batch-size 2', 'batch-size: is for generated prompts'],
  ['--level-duration 2m --max-duration 1m', 'level-duration: is longer than max-duration'],
  ['--limits ttft-p90<=1s', 'limits: has ttft-p90 without a level'],
  ['--limits throughput>=9tok/s', 'limits: has throughput without a level'],
  ['--limits ttft-p90@3<=1s --concurrency 1,2', 'has ttft-p90@3, and concurrency has no level 3; it has 1, 2'],
  ['--limits ttft-p90@64<=1s', 'above max-concurrency 32'],
  ['--limits ttft-p90@4<=1s --api openai-embeddings', 'which embeddings do not have'],
  ['--throughput-within ttft-p90<=1s --api openai-embeddings', 'which embeddings do not have'],
  ['--limits throughput-within>=9tok/s', 'does not say within what'],
  ['--report-json a --records a', 'records: names the same file'],
  ['--scenario a', 'scenario: is one of a config file'],
])('%s is refused', (flags, message) => {
  expect(messageOf({ flags: flags.split(' '), files })).toContain(message)
})

test.each([
  '--concurrency 1,64',
  '--api openai-embeddings --batch-size 8 --limits latency-p50@4<=1s',
  '--limits error-rate<=1%',
  '--limits plateau-throughput>=9tok/s',
  '--limits ttft-p90<=1s --concurrency 1,2',
  '--limits ttft-p90@8<=1s',
  '--api databricks --task chat',
  '--task chat',
  '--level-requests 1 --concurrency 8',
  '--prompts-file messages.jsonl --api openai-chat',
  '--prompts-file prompt.jsonl --output-tokens 5',
  '--api-key k --headers x-team:1',
  '--throughput-within ttft-p90<=1s --limits throughput-within>=9tok/s',
  '--max-duration none --level-duration 20m',
])('%s is fine', (flags) => {
  expect(() => resolve({ flags: flags.split(' '), files })).not.toThrow()
})

test('a setting that cannot be read contradicts nothing', () => {
  const flags = ['--concurrency', 'x', '--max-concurrency', '2', '--limits', 'ttft-p90 <= 1s']
  expect(messageOf({ flags })).toMatch(/^concurrency: got "x".*$/)
})
