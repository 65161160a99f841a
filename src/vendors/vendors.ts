import type { Api, KeyPlace } from '../protocol/api.ts'
import type { AuthWord } from '../vocabulary/endpoint-names.ts'
import type { AuthWay, CredentialSetting } from './auth-way.ts'
import { bedrock } from './bedrock/bedrock.ts'
import { databricks } from './databricks/databricks.ts'
import type { ExplainedRefusal, ReceivedRefusal, Vendor } from './vendor.ts'

/** Every owner of endpoints with ways of their own. */
export const VENDORS: readonly Vendor[] = [databricks, bedrock]

/** Every way to prove who asks that only one owner takes. */
export const WAYS: readonly AuthWay[] = VENDORS.flatMap(({ ways = [] }) => ways)

/** The words of those that fetch new credentials when the ones they have expire. */
export const RENEWING_WORDS: readonly AuthWord[] = WAYS.flatMap(({ word, fetchToken }) =>
  fetchToken === undefined ? [] : [word],
)

/** Whose formulas the three-point cross-check has, as a sentence names it. */
export const CROSS_CHECK_MODEL = VENDORS.flatMap(({ crossCheckModel }) => crossCheckModel ?? []).join(' and ')

/** The owner whose API this is; null for one that is nobody's in particular. */
export function vendorOf(api: Api): Vendor | null {
  return VENDORS.find((vendor) => vendor.api === api) ?? null
}

/** The way that a word of `auth` names; null for those that every endpoint may take. */
export function wayOf(word: AuthWord | 'header'): AuthWay | null {
  return WAYS.find((way) => way.word === word) ?? null
}

/** What a setting for credentials holds, as one sentence of help. */
export function describeCredential(setting: CredentialSetting): string {
  return VENDORS.flatMap((vendor) => vendor.credentialHelp?.[setting] ?? []).join('; ')
}

/** Where a key goes at this endpoint when the user does not say. */
export function findKeyPlaceAt(endpoint: URL, api: Api): KeyPlace {
  return VENDORS.find((vendor) => vendor.isIts(endpoint))?.keyPlace ?? api.keyPlace(endpoint)
}

/** What a URL calls the endpoint; null where it does not name it. */
export function readEndpointName(endpoint: URL): string | null {
  for (const vendor of VENDORS) {
    const name = vendor.endpointName?.(endpoint) ?? null
    if (name !== null) return name
  }
  return null
}

/** What a refusal means in the words of the owner that it comes from; null when it is of none, or says nothing of its own. */
export function explainByOwner(refused: ReceivedRefusal, url: string): ExplainedRefusal | null {
  for (const vendor of VENDORS) {
    const refusal = vendor.explainRefusal?.(refused, url) ?? null
    if (refusal !== null) return refusal
  }
  return null
}
