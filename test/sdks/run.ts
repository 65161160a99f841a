/**
 * `npm run test:sdks`: official clients as independent judges. Each reads the simulated endpoint, which checks every request
 * against its strict schema; what the client counted is compared with what the endpoint says it sent. Then the committed
 * command measures the same endpoint over the same schema, so that what passes for the official client passes for ours.
 *
 * The clients are installed into `.sdks/`, apart from the main install.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runCommand, startWitness } from '../../bench/support/simulate.ts'
import type { SimulatedEndpoint } from '../../bench/support/simulate.ts'
import { findApi } from '../../src/vendors/apis.ts'
import { API_NAMES } from '../../src/vocabulary/endpoint-names.ts'
import { generatesTokens } from '../../src/vocabulary/load.ts'
import type { ApiName } from '../../src/vocabulary/endpoint-names.ts'
import type { SentRequest } from '../../src/simulator/answer.ts'
import { installApart } from '../support/install-apart.ts'
import { AWS_CREDENTIALS, CLIENTS, MODEL, SIGNED, TOKENS } from './clients.ts'
import type { ClientAnswer, OfficialClient } from './clients.ts'

const HERE = import.meta.dirname
const FOLDER = join(HERE, '..', '..', '.sdks')
const KEY = 'sdk-test-key-0123456789'
const FAST = '--overhead 5ms --prefill-per-1000-tokens 20ms --decode 8ms --decode-per-sequence 0.2ms'
/** Where each API is asked for on the simulated endpoint; those that are not here take the origin. */
const PATHS: Partial<Record<ApiName, string>> = { databricks: '/serving-endpoints/simulated-model/invocations' }

let passed = 0
let failed = 0

function check(condition: boolean, sentence: string): void {
  if (condition) passed++
  else failed++
  console.log(`${condition ? 'ok' : 'not ok'} ${sentence}`)
}

const resolve = createRequire(join(FOLDER, 'package.json'))
const load = async (name: string): Promise<unknown> => import(pathToFileURL(resolve.resolve(name)).href)

/** A strict endpoint that wants the key in the API's own place, or what these flags say. */
async function strictEndpoint(flags: readonly string[] = ['--api-key', KEY]): Promise<SimulatedEndpoint> {
  return startWitness([...FAST.split(' '), '--strict', '--check-model', ...flags])
}

async function judge(client: OfficialClient): Promise<void> {
  const endpoint = await strictEndpoint(client.flags)
  try {
    const answers: ClientAnswer[] = []
    for await (const answer of client.ask(load, endpoint.url, KEY)) answers.push(answer)
    const sent = await endpoint.log()
    const refused = sent.filter(({ status }) => status !== 200)
    const how = client.flags === undefined ? '' : ', signed'
    check(refused.length === 0, `${client.package}: every request passes the strict schema of ${client.api}${how}`)
    const generated = sent.filter(({ outputTokens }) => outputTokens > 0).slice(0, answers.length)
    answers.forEach((answer, i) => compare(client, answer, generated[i]))
  } catch (error) {
    check(false, `${client.package} (${client.api}) reads the simulated endpoint: ${String(error)}`)
  } finally {
    endpoint.stop()
  }
}

/** The client and the endpoint must agree on what was said, and how long it was. */
function compare(client: OfficialClient, answer: ClientAnswer, sent: SentRequest | undefined): void {
  const words = answer.text.trim().split(/\s+/).length
  const agrees =
    sent !== undefined &&
    words === sent.outputTokens &&
    sent.outputTokens === TOKENS &&
    answer.outputTokens === sent.outputTokens &&
    answer.inputTokens === sent.inputTokens &&
    answer.finishReason !== null
  const counted = `${words} words, ${answer.outputTokens} output and ${answer.inputTokens} input tokens, ${answer.finishReason}`
  check(
    agrees,
    `${client.package}, ${answer.what}: reads ${counted}; sent ${sent?.outputTokens} and ${sent?.inputTokens}`,
  )
}

/** Our own requests, against the same schema; what we counted, request by request, against what was sent. */
async function measure(api: ApiName, { signed = false } = {}): Promise<void> {
  const endpoint = await strictEndpoint(signed ? SIGNED : undefined)
  const name = `plateau, ${api}${signed ? ', signed' : ''}`
  try {
    const where = `--endpoint ${endpoint.url}${PATHS[api] ?? ''} --api ${api} --model ${MODEL}`
    const proof = signed ? '--auth aws-sigv4' : `--api-key ${KEY}`
    const load = '--concurrency 1,2 --passes 1 --level-requests 4 --soak off --input-tokens 32 --output-tokens 16'
    const { records } = await runCommand(`${where} ${proof} ${load} --baseline none`, {
      codes: [0, 3],
      env: AWS_ENVIRONMENT,
    })
    const sent = new Map((await endpoint.log()).map((request) => [request.requestId, request]))
    const wrong = records.filter(({ requestId, outcome, outputTokens, inputTokens }) => {
      const truth = sent.get(requestId)
      const generated = findApi(api).tasks.some(generatesTokens) ? truth?.outputTokens : 0
      return (
        outcome !== 'ok' || outputTokens !== generated || (inputTokens !== null && inputTokens !== truth?.inputTokens)
      )
    })
    check(
      records.length >= 8 && wrong.length === 0,
      `${name}: ${records.length} requests pass the strict schema and count as the endpoint does (${wrong.length} do not)`,
    )
  } catch (error) {
    check(false, `${name}: ${String(error)}`)
  } finally {
    endpoint.stop()
  }
}

const AWS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.secretAccessKey,
  AWS_REGION: 'eu-west-1',
}

installApart(HERE, FOLDER)
for (const client of CLIENTS) await judge(client)
for (const api of API_NAMES) await measure(api)
await measure('bedrock', { signed: true })
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0 || passed === 0) process.exitCode = 1
