import type { Api, KeyPlace } from '../protocol/api.ts'
import { bedrock } from './bedrock/bedrock.ts'
import { databricks } from './databricks/databricks.ts'
import type { Vendor } from './vendor.ts'

/** Every owner of endpoints with ways of their own. */
export const VENDORS: readonly Vendor[] = [databricks, bedrock]

/** Where a key goes at this endpoint when the user does not say. */
export function keyPlaceAt(endpoint: URL, api: Api): KeyPlace {
  return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace(endpoint)
}
