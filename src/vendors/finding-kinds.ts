import { SETTINGS_OF_LESS_LOAD } from '../vocabulary/load.ts'

/** The findings that only endpoints of one owner have, in the order of the docs: about their configuration and their limits. */
export const VENDOR_FINDINGS = [
  {
    code: 'burst-scaling',
    meaning: 'The endpoint may scale beyond what is provisioned: the plateau may be capacity that is lent, not owned.',
    remedy: 'Switch burst scaling off on the endpoint that is measured, or read the plateau as the best case.',
  },
  {
    code: 'autoscaling',
    meaning: 'The capacity moves between a minimum and a maximum: the plateau depends on how long the load has lasted.',
    remedy: 'Provision the same minimum and maximum on the endpoint that is measured.',
  },
  {
    code: 'scale-to-zero',
    meaning: 'The endpoint stops when nobody uses it: its first requests start it, and its capacity is not guaranteed.',
    remedy: 'Switch scale to zero off for an endpoint whose latency matters; the wait for the start is not measured.',
  },
  {
    code: 'fallback-configured',
    meaning:
      'The endpoint answers with another model when one fails: failures do not show, and figures may be a mixture.',
    remedy: 'Measure one served entity (`/served-models/<name>/invocations`), or switch the fallback off.',
  },
  {
    code: 'traffic-split',
    meaning: 'Requests go to several served entities: the figures are a mixture of them.',
    remedy: 'Measure one served entity (`/served-models/<name>/invocations`).',
  },
  {
    code: 'endpoint-rate-limit',
    meaning: 'The owner of the endpoint limited its use: the sweep may find this limit and not the capacity.',
    remedy: `Raise the limit for the key that measures, or send less: fewer levels (${SETTINGS_OF_LESS_LOAD}), a shorter \`level-duration\`.`,
  },
  {
    code: 'pay-per-token',
    meaning:
      'The capacity is shared with others and limited by the minute, and `max_tokens` counts against the limit before anything is generated.',
    remedy:
      'Measure an endpoint with provisioned throughput; on this one keep to a few requests at low concurrency (`max-concurrency`, `max-requests`).',
  },
  {
    code: 'workspace-limit',
    meaning:
      'Databricks refused requests with 429: a limit of endpoint or workspace, which says nothing about the model.',
    remedy: `Look at the rate limits of the endpoint and the limits of the workspace (by region 192 to 1,024 requests at once), and keep the load below them (${SETTINGS_OF_LESS_LOAD}).`,
  },
  {
    code: 'execution-limit',
    meaning:
      'Databricks gave requests up (408, 504): they took longer than a model may (about five minutes, less on older workspaces).',
    remedy: `Ask for fewer \`output-tokens\`, or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
  },
] as const

/** These, and the findings that the page of any owner may cause. */
export type VendorFindingCode = (typeof VENDOR_FINDINGS)[number]['code'] | 'served-model-changed' | 'config-updated'
