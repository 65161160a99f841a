import type { Vendor } from '../vendor.ts'
import { bedrockApi } from './api.ts'
import { isBedrockHost } from './urls.ts'

/** Amazon Bedrock. */
export const bedrock: Vendor = {
  name: 'Amazon Bedrock',
  api: bedrockApi,
  isIts: isBedrockHost,
}
