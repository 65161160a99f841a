import { PATH } from './urls.ts'
import type { ExplainedRefusal, ReceivedRefusal } from '../vendor.ts'

/** One refusal, and what it means. */
interface RefusalRule {
  readonly status: readonly number[]
  /** Pattern for the message; absent when the status is enough. */
  readonly says?: RegExp
  readonly what: string
  readonly remedy: string
}

/** `NAME` stands for the endpoint. The first rule that matches applies. */
const RULES: readonly RefusalRule[] = [
  {
    status: [403, 429],
    says: /rate limit of 0\b/i,
    what: 'Databricks has switched the NAME off for this workspace (a rate limit of 0)',
    remedy:
      'neither the key nor waiting helps: ask Databricks for access to this model, or measure an endpoint of your own with provisioned throughput',
  },
  {
    status: [401, 403],
    says: /invalid (access )?token|token (is|has) expired|expired (access )?token|invalid_token/i,
    what: 'not authorised: Databricks does not accept the token',
    remedy:
      'make a new token in the workspace of this endpoint and set PLATEAU_API_KEY (or `api-key`) to it, or use `auth: databricks-oauth`, which renews its own',
  },
  {
    status: [403],
    says: /guardrail|\bsafety\b|\bPII\b/i,
    what: 'a guardrail of the AI Gateway refuses the prompts',
    remedy: 'measure without guardrails, or with a `prompts-file` that passes them',
  },
  {
    status: [403],
    what: 'not authorised: this key may not query the NAME',
    remedy: 'give its user or service principal the permission "Can Query" on the endpoint; check `auth` and the key',
  },
  {
    status: [404],
    // "No API found" is about a path that no workspace has.
    says: /^(?!.*no api found).*(RESOURCE_DOES_NOT_EXIST|ENDPOINT_NOT_FOUND|does not exist|not found)/is,
    what: 'there is no NAME in this workspace',
    remedy:
      'check the name in the path of `endpoint` (or in `model`, where the path names none) and the workspace; `databricks serving-endpoints list` shows those there are',
  },
  {
    status: [400],
    says: /unknown field \W{0,2}(messages|prompt|input)\b/i,
    what: 'the NAME is made for another task than it was asked for',
    remedy:
      'leave `task` out, or set it to the task that the page of the endpoint names: chat, completions or embeddings',
  },
  {
    status: [400],
    says: /unknown field/i,
    what: 'the NAME does not take a field of the request',
    remedy: 'Databricks refuses every field that it does not know: take it out of `extra-body`',
  },
  {
    status: [413],
    what: 'the request is larger than Databricks takes (16 MB; 4 MB for foundation models, external models and agents)',
    remedy: 'lower `input-tokens` or `batch-size`',
  },
  {
    status: [429],
    says: /output tokens|OTPM|tokens per minute|tokens\/min/i,
    what: 'Databricks refuses requests: a limit of tokens a minute',
    remedy:
      '`max_tokens` counts against it before anything is generated: lower `output-tokens`, wait, or measure provisioned throughput',
  },
  {
    status: [429],
    what: 'Databricks refuses requests: a rate limit of the endpoint, of the AI Gateway or of the workspace',
    remedy:
      'wait, or raise the limit; pay-per-token endpoints take a few requests a second and are not for sweeps, provisioned throughput is',
  },
  {
    status: [408, 504],
    what: 'Databricks gave the request up: the model took longer than it may, or the endpoint is still starting',
    remedy: 'lower `output-tokens`; `ready-timeout` is how long an endpoint that starts is waited for',
  },
]

/**
 * What a refusal of Databricks means; null when it is not from Databricks or not specific to it. `url` is the
 * requested one, safe to show.
 */
export function explainRefusal(refused: ReceivedRefusal, url: string): ExplainedRefusal | null {
  const { status, headers, failureMessage } = refused
  if (status === null || !(ownsHeaders(headers ?? {}) || PATH.test(url))) return null
  const rule = RULES.find(
    (each) => each.status.includes(status) && (each.says === undefined || each.says.test(failureMessage ?? '')),
  )
  if (rule === undefined) return null
  const name = /\/serving-endpoints\/([\w.-]+)\/(?:invocations|served-models\/)/.exec(url)?.[1]
  const what = rule.what.replace('NAME', name === undefined ? 'serving endpoint' : `serving endpoint ${name}`)
  return { what, remedy: rule.remedy }
}

/** Whether the headers of an answer are those of Databricks. */
export function ownsHeaders(headers: Readonly<Record<string, string>>): boolean {
  return /^databricks/i.test(headers['server'] ?? '') || 'x-databricks-org-id' in headers
}
