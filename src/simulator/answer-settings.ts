import { setting } from '../settings/define.ts'
import {
  orNone,
  orWord,
  readBoolean,
  readChoice,
  readCount,
  readNumber,
  readShare,
  readText,
} from '../settings/values/simple.ts'
import { FAULT_KINDS, readFaultRules } from './faults.ts'
import { SIMULATOR_DEFAULTS } from './options.ts'
import { DATABRICKS_SHAPES, REASONING_FIELDS, USAGE_PLACES } from './wires/manners.ts'

const group = 'Answers'
const TASKS = ['chat', 'completions', 'embeddings'] as const

/** What answers look like, and what is refused. */
export const ANSWER_SETTINGS = {
  model: setting({
    name: 'model',
    group,
    help: 'Name of the model in answers',
    placeholder: 'NAME',
    default: SIMULATOR_DEFAULTS.model,
    commandOnly: true,
    read: readText,
  }),
  usage: setting({
    name: 'usage',
    group,
    help: `Where a stream of OpenAI-like APIs and of Databricks states its token counts: ${USAGE_PLACES.join(', ')}`,
    placeholder: 'PLACE',
    default: SIMULATOR_DEFAULTS.usage,
    commandOnly: true,
    read: readChoice(USAGE_PLACES),
  }),
  reasoning: setting({
    name: 'reasoning',
    group,
    help: 'Reasoning tokens before the answer, of the tokens asked for, where the API has a place for them',
    placeholder: 'N',
    default: '0',
    commandOnly: true,
    read: readCount({ min: 0, max: 100_000 }),
  }),
  reasoningField: setting({
    name: 'reasoning-field',
    group,
    help: `Where OpenAI-like chat puts reasoning: ${REASONING_FIELDS.join(', ')} (counted and never sent, by every API)`,
    placeholder: 'NAME',
    default: SIMULATOR_DEFAULTS.reasoningField,
    commandOnly: true,
    read: readChoice(REASONING_FIELDS),
  }),
  databricksShape: setting({
    name: 'databricks-shape',
    group,
    help: `How Databricks streams a chat: ${DATABRICKS_SHAPES.join(', ')}`,
    placeholder: 'SHAPE',
    default: SIMULATOR_DEFAULTS.databricksShape,
    commandOnly: true,
    read: readChoice(DATABRICKS_SHAPES),
  }),
  strict: setting({
    name: 'strict',
    group,
    help: 'Refuse every field that the API does not document, and every field of a wrong type; Databricks always does',
    placeholder: 'BOOL',
    default: 'false',
    switch: true,
    commandOnly: true,
    read: readBoolean,
  }),
  checkModel: setting({
    name: 'check-model',
    group,
    help: 'Refuse requests for another model than `model`',
    placeholder: 'BOOL',
    default: 'false',
    switch: true,
    commandOnly: true,
    read: readBoolean,
  }),
  task: setting({
    name: 'task',
    group,
    help: `Serve one task only: ${TASKS.join(', ')}; \`all\` serves each`,
    placeholder: 'TASK',
    default: 'all',
    commandOnly: true,
    read: orWord('all', readChoice(TASKS)),
  }),
  contextTokens: setting({
    name: 'context-tokens',
    group,
    help: 'Input and output tokens that fit together; more are refused',
    placeholder: 'N',
    default: '131072',
    commandOnly: true,
    read: readCount(),
  }),
  tokensPerWord: setting({
    name: 'tokens-per-word',
    group,
    help: 'Input tokens that a word of a prompt counts for',
    placeholder: 'N',
    default: '1',
    commandOnly: true,
    read: readNumber({ min: 0.1, max: 10 }),
  }),
  templateTokens: setting({
    name: 'template-tokens',
    group,
    help: 'Input tokens that the chat template adds',
    placeholder: 'N',
    default: '8',
    commandOnly: true,
    read: readCount({ min: 0, max: 10_000 }),
  }),
  earlyStop: setting({
    name: 'early-stop',
    group,
    help: 'Share of answers that end early, unless the request says `ignore_eos`',
    placeholder: 'SHARE',
    default: '0%',
    commandOnly: true,
    read: readShare(),
  }),
  fault: setting({
    name: 'fault',
    group,
    help:
      'Faults, each with a share or every Nth request, for example `429@1%, stall=5s@every-50`: ' +
      Object.keys(FAULT_KINDS).join(', '),
    placeholder: 'LIST',
    default: 'none',
    common: true,
    commandOnly: true,
    read: orNone(readFaultRules),
  }),
}
