import type { Counts } from './minute-counts.ts'
import type { MetricsState } from './pages.ts'
import { prometheusText } from './prometheus.ts'

/**
 * What Databricks exports of an endpoint (`GET /api/2.0/serving-endpoints/<name>/metrics`): counts are gauges of the last
 * minute, latencies are milliseconds, and the model's own first token is not among them.
 */
export function databricksMetrics({ model, totals, running, slots }: MetricsState, minute: Counts): string {
  const page = prometheusText({ served_model_name: model })
  page.gauge('provisioned_concurrent_requests_total', 'Provisioned concurrency in the last minute.', slots)
  page.gauge('request_count_total', 'Requests in the last minute.', minute.all)
  page.gauge('request_4xx_count_total', '4xx errors in the last minute.', minute.refused)
  page.gauge('request_5xx_count_total', '5xx errors in the last minute.', minute.failed)
  page.gauge(
    'gpu_usage_percentage',
    'GPU usage. Simulated: the share of slots that are taken.',
    (100 * running) / slots,
  )
  page.histogram('request_latency_ms', 'Round-trip latency within the workspace.', totals.request, 1000)
  page.histogram('model_queue_time_ms', 'Time in the queue of the model.', totals.queue, 1000)
  return page.text
}
