import type { Api, KeyPlace } from '../protocol/api.ts'
import { bedrock } from './bedrock/bedrock.ts'
import { databricks } from './databricks/databricks.ts'
import type { Refusal, Refused, Vendor } from './vendor.ts'

/** Every owner of endpoints with ways of their own. */
export const VENDORS: readonly Vendor[] = [databricks, bedrock]

/** The owner whose API this is; null for one that is nobody's in particular. */
export function vendorOf(api: Api): Vendor | null {
  return VENDORS.find((vendor) => vendor.api === api) ?? null
}

/** Where a key goes at this endpoint when the user does not say. */
export function keyPlaceAt(endpoint: URL, api: Api): KeyPlace {
  return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace(endpoint)
}

/** What a refusal means in the words of the owner that it comes from; null when it is of none, or says nothing of its own. */
export function explainByOwner(refused: Refused, url: string): Refusal | null {
  for (const vendor of VENDORS) {
    const refusal = vendor.explainRefusal?.(refused, url) ?? null
    if (refusal !== null) return refusal
  }
  return null
}
