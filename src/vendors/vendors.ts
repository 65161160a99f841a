import type { Api, KeyPlace } from '../protocol/api.ts'
import type { AuthWord } from '../vocabulary/endpoint-names.ts'
import type { AuthWay, CredentialSetting, ExplainedRefusal, ReceivedRefusal, Vendor } from './vendor.ts'
import { bedrock } from './bedrock/bedrock.ts'
import { databricks } from './databricks/databricks.ts'

/** Every owner of endpoints that are special. */
export const VENDORS: readonly Vendor[] = [databricks, bedrock]

/** Every way of authentication that only one owner takes. */
export const WAYS: readonly AuthWay[] = VENDORS.flatMap(({ ways = [] }) => ways)

/** The words of the ways that renew their credentials. */
export const RENEWING_WORDS: readonly AuthWord[] = WAYS.flatMap(({ word, fetchToken }) =>
  fetchToken === undefined ? [] : [word],
)

/** Whose formulas the three-point cross-check uses, as named in a sentence. */
export const CROSS_CHECK_MODEL = VENDORS.flatMap(({ crossCheckModel }) => crossCheckModel ?? []).join(' and ')

/** The owner of an API; null for a common one. */
export function vendorOf(api: Api): Vendor | null {
  return VENDORS.find((vendor) => vendor.api === api) ?? null
}

/** The way with this word of `auth`; null for words that any endpoint may take. */
export function authWayOf(word: AuthWord | 'header'): AuthWay | null {
  return WAYS.find((way) => way.word === word) ?? null
}

/** The help of a setting for credentials. */
export function describeCredential(setting: CredentialSetting): string {
  return VENDORS.flatMap((vendor) => vendor.credentialHelp?.[setting] ?? []).join('; ')
}

/** Where a key goes at this endpoint by default. */
export function findKeyPlaceAt(endpoint: URL, api: Api): KeyPlace {
  return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace?.(endpoint) ?? 'bearer'
}

/** The name of the endpoint in a URL; null when there is none. */
export function readEndpointName(endpoint: URL): string | null {
  for (const vendor of VENDORS) {
    const name = vendor.endpointName?.(endpoint) ?? null
    if (name !== null) return name
  }
  return null
}

/** What a refusal means, as its owner explains it; null when no owner does. */
export function explainByOwner(refused: ReceivedRefusal, url: string): ExplainedRefusal | null {
  for (const vendor of VENDORS) {
    const refusal = vendor.explainRefusal?.(refused, url) ?? null
    if (refusal !== null) return refusal
  }
  return null
}
