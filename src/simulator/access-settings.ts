import { setting } from '../settings/define.ts'
import { orNone, orWord, readBoolean, readCount, readDuration, readText } from '../settings/values/simple.ts'
import { AUTH_FORMS, readAuthForm } from './access/auth-form.ts'

const group = 'Access'

/** Where it listens, and who may ask. */
export const ACCESS_SETTINGS = {
  port: setting({
    name: 'port',
    group,
    help: 'Port on 127.0.0.1; 0 takes a free one',
    placeholder: 'N',
    default: '8000',
    common: true,
    commandOnly: true,
    read: readCount({ min: 0, max: 65_535 }),
  }),
  auth: setting({
    name: 'auth',
    group,
    help: `How requests must prove who asks: ${AUTH_FORMS.join(', ')}, header:<name>; \`auto\`: as each API wants it`,
    placeholder: 'FORM',
    default: 'auto',
    commandOnly: true,
    read: orWord('auto', readAuthForm),
  }),
  clientId: setting({
    name: 'client-id',
    group,
    help: 'Client that may fetch a token at `/oidc/v1/token`, or access key id of AWS',
    placeholder: 'ID',
    default: null,
    commandOnly: true,
    read: readText,
  }),
  clientSecret: setting({
    name: 'client-secret',
    group,
    help: 'Its secret, or the secret access key of AWS',
    placeholder: 'SECRET',
    default: null,
    secret: true,
    commandOnly: true,
    read: readText,
  }),
  tokenLifetime: setting({
    name: 'token-lifetime',
    group,
    help: 'How long a fetched token holds',
    placeholder: 'TIME',
    default: '1h',
    commandOnly: true,
    read: readDuration(),
  }),
  bodyLimit: setting({
    name: 'body-limit',
    group,
    help: 'Bytes of a request body; larger ones are refused with 413',
    placeholder: 'N',
    default: '4194304',
    commandOnly: true,
    read: readCount(),
  }),
  apiKey: setting({
    name: 'api-key',
    group,
    help: 'Key that requests must carry; `user:password` with `auth: basic`',
    placeholder: 'KEY',
    default: null,
    secret: true,
    commandOnly: true,
    read: readText,
  }),
  requestsPerMinute: setting({
    name: 'requests-per-minute',
    group,
    help: 'Rate limit, with headers that state it; `none` for no limit',
    placeholder: 'N',
    default: 'none',
    commandOnly: true,
    read: orNone(readCount()),
  }),
  logStamps: setting({
    name: 'log-stamps',
    group,
    help: 'Keep the send time of every event for `GET /simulator/log`',
    placeholder: 'BOOL',
    default: 'false',
    switch: true,
    commandOnly: true,
    read: readBoolean,
  }),
}
