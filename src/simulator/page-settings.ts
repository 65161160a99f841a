import { setting } from '../settings/define.ts'
import { orNone, orWord, readChoice, readDuration } from '../settings/values/simple.ts'
import { readEndpointPage } from './databricks-endpoint.ts'
import { METRICS_KINDS } from './metrics/pages.ts'
import { SERVER_NAMES } from './servers/servers.ts'

const group = 'Pages'

/** What the endpoint shows beside its answers. */
export const PAGE_SETTINGS = {
  server: setting({
    name: 'server',
    group,
    help:
      'Server that is played, with its pages and APIs and no others: ' +
      `${SERVER_NAMES.join(', ')}; \`none\` speaks every API`,
    placeholder: 'NAME',
    default: 'none',
    common: true,
    commandOnly: true,
    read: orNone(readChoice(SERVER_NAMES)),
  }),
  metrics: setting({
    name: 'metrics',
    group,
    help: `Whose metrics \`GET /metrics\` shows: ${METRICS_KINDS.join(', ')}; \`auto\`: those of the server`,
    placeholder: 'NAME',
    default: 'auto',
    commandOnly: true,
    read: orWord('auto', readChoice(METRICS_KINDS)),
  }),
  endpointPage: setting({
    name: 'endpoint-page',
    group,
    help: 'Members of the page of a Databricks serving endpoint, merged into it; `denied` refuses the page',
    placeholder: 'JSON',
    default: '{}',
    commandOnly: true,
    read: readEndpointPage,
  }),
  configUpdateAfter: setting({
    name: 'config-update-after',
    group,
    help: 'When that page shows a change of configuration and then another version; `none`: never',
    placeholder: 'TIME',
    default: 'none',
    commandOnly: true,
    read: orNone(readDuration()),
  }),
}
