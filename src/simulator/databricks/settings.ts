import { setting } from '../../settings/define.ts'
import { allowNone, readChoice, readDuration, readText } from '../../settings/values/simple.ts'
import { CHAT_SHAPES } from '../wires/wire.ts'
import { readEndpointPage } from './endpoint-page.ts'

/** Its name in a sentence. */
export const PLATFORM_NAME = 'Databricks'

/** The settings of `plateau simulate` for the platform. */
export const PLATFORM_SETTINGS = {
  chatShape: setting({
    name: 'databricks-shape',
    group: 'Answers',
    help: `How ${PLATFORM_NAME} streams a chat: ${CHAT_SHAPES.join(', ')}`,
    placeholder: 'SHAPE',
    default: CHAT_SHAPES[0],
    commandOnly: true,
    read: readChoice(CHAT_SHAPES),
  }),
  endpointPage: setting({
    name: 'endpoint-page',
    group: 'Pages',
    help: `Members of the page of a ${PLATFORM_NAME} serving endpoint, merged into it; \`denied\` refuses the page`,
    placeholder: 'JSON',
    default: '{}',
    commandOnly: true,
    read: readEndpointPage,
  }),
  configUpdateAfter: setting({
    name: 'config-update-after',
    group: 'Pages',
    help: `When the page of a ${PLATFORM_NAME} serving endpoint shows a change of configuration and then another version; \`none\`: never`,
    placeholder: 'TIME',
    default: 'none',
    commandOnly: true,
    read: allowNone(readDuration()),
  }),
  clientId: setting({
    name: 'client-id',
    group: 'Access',
    help: `Client that may fetch a token at \`/oidc/v1/token\`, which a ${PLATFORM_NAME} workspace has`,
    placeholder: 'ID',
    default: null,
    commandOnly: true,
    read: readText,
  }),
}
