import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { join } from 'node:path'
import { Scratch } from '../../src/protocol/answer/token-times.ts'
import type { AnswerFacts } from '../../src/protocol/answer/reader.ts'
import { createResponseReader } from '../../src/protocol/answer/stream-reader.ts'
import { classifyMember } from '../../src/protocol/unknown-members.ts'
import { readComplaint, readRefusal } from '../../src/protocol/refusal.ts'
import { ALL_APIS } from '../../src/vendors/apis.ts'
import { FAILURE_CLASSES } from '../../src/vocabulary/failure-classes.ts'
import type { Api } from '../../src/protocol/api.ts'
import type { Task } from '../../src/vocabulary/load.ts'
import { readRecorded } from '../replay/recorded.ts'
import { destinationOf, offer, ourBody, streamOf, wholeOf, writerOf } from '../servers/speak.ts'
import { ANY_CUT, cutUp } from './framing.ts'
import { mutated, mutatedBytes } from './mutate.ts'
import { expectReadable, property } from './property.ts'
import type { Property } from './property.ts'

const RECORDED = readRecorded(join(import.meta.dirname, '../replay/streams'))

/** One way to be answered, with honest answers. */
interface Way {
  readonly name: string
  readonly api: Api
  readonly task: Task
  readonly stream: boolean
  readonly answers: readonly Buffer[]
}

const WAYS: readonly Way[] = ALL_APIS.flatMap((api) =>
  api.tasks.flatMap((task) => {
    const writer = () => writerOf(offer(destinationOf(api, task), ourBody(api, task)), { reasoningTokens: 2 })
    const streams = api.framing(task) !== 'json'
    const recorded = RECORDED.filter(({ expected }) => expected.api === api.name).map(({ body }) => body)
    const stream = (): Way => ({
      name: `${api.name}, ${task}, streamed`,
      api,
      task,
      stream: true,
      answers: [
        Buffer.concat(streamOf(writer(), { tokens: 6, reasoning: 2, finish: 'stop' })),
        Buffer.concat([...streamOf(writer(), { tokens: 3 }).slice(0, -1), writer().error('out of memory')]),
        ...(task === 'chat' ? recorded : []),
      ],
    })
    const whole: Way = {
      name: `${api.name}, ${task}, whole`,
      api,
      task,
      stream: false,
      answers: [wholeOf(writer(), 3)],
    }
    return streams ? [stream(), whole] : [whole]
  }),
)

function read({ api, task, stream }: Way, pieces: readonly Buffer[]): AnswerFacts {
  const reader = createResponseReader({ api, task, stream, scratch: new Scratch(4) })
  for (const piece of pieces) reader.push(piece, 10)
  return reader.end(20)
}

/** What every answer comes to, whatever the server wrote. */
function expectSane(facts: AnswerFacts): void {
  if (facts.failure !== null) {
    assert.ok(
      FAILURE_CLASSES.some(({ code }) => code === facts.failure),
      facts.failure,
    )
    assert.ok(facts.failureMessage !== null)
    assert.ok(facts.failureMessage.length <= 500, `a message of ${facts.failureMessage.length} characters`)
  }
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0, `${name} is ${value}`)
    if (typeof value === 'string') assert.ok(value.length <= 500, `${name} has ${value.length} characters`)
  }
}

export const PROTOCOL_PROPERTIES: readonly Property[] = [
  ...WAYS.map((way) =>
    property(
      'protocols',
      `${way.name}: an answer reads the same in any cut, and makes sense`,
      fc.tuple(mutatedBytes(way.answers), ANY_CUT),
      ([bytes, cuts]) => {
        const facts = read(way, [bytes])
        expectSane(facts)
        assert.deepEqual(read(way, cutUp(bytes, cuts)), facts)
      },
    ),
  ),
  property(
    'protocols',
    'a refusal becomes one short line',
    mutated([
      '{"error":{"message":"The model does not exist","type":"invalid_request_error","code":"model_not_found"}}',
      '{"detail":[{"loc":["body","messages",0],"msg":"field required"}]}',
      '<html><head><title>502 Bad Gateway</title></head><body><pre>upstream &amp; more</pre></body></html>',
      '{"error_code":"ENDPOINT_NOT_FOUND","message":"no"}',
      'RESOURCE_EXHAUSTED: prompt is too long: 5000 tokens > 4096 maximum',
    ]),
    (body) => {
      const refusal = readRefusal(body)
      if (refusal !== null)
        expectReadable(refusal.replaceAll(/undefined|\[object |TypeError|RangeError|node_modules|\bat /g, 'x'))
      assert.ok((refusal ?? '').length <= 300)
      readComplaint(400, refusal)
      for (const word of body.split(/\W+/)) classifyMember(word)
    },
  ),
]
