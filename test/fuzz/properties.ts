import { DECODER_PROPERTIES } from './decoders.ts'
import { ESCAPER_PROPERTIES } from './escapers.ts'
import { FRAMING_PROPERTIES } from './framing.ts'
import { GROWTH_PROPERTIES } from './growth.ts'
import type { Property } from './property.ts'
import { PROTOCOL_PROPERTIES } from './protocols.ts'
import { REDACTION_PROPERTIES } from './redaction.ts'
import { RESPONSE_PROPERTIES } from './responses.ts'
import { SETTING_PROPERTIES } from './settings.ts'
import { ZIP_PROPERTIES } from './zip.ts'

/** Everything that must hold whatever comes in: `npm test` tries some inputs of each, `npm run bench -- fuzz` millions. */
export const PROPERTIES: readonly Property[] = [
  ...RESPONSE_PROPERTIES,
  ...FRAMING_PROPERTIES,
  ...PROTOCOL_PROPERTIES,
  ...DECODER_PROPERTIES,
  ...SETTING_PROPERTIES,
  ...ZIP_PROPERTIES,
  ...ESCAPER_PROPERTIES,
  ...REDACTION_PROPERTIES,
  ...GROWTH_PROPERTIES,
]
