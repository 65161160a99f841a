import { DATABRICKS_FINDINGS } from './databricks/finding-kinds.ts'

/** The findings that only endpoints of one owner have, in the order of the docs. */
export const VENDOR_FINDINGS = [...DATABRICKS_FINDINGS] as const

/** These, and the findings that the page of any owner may cause. */
export type VendorFindingCode = (typeof VENDOR_FINDINGS)[number]['code'] | 'served-model-changed' | 'config-updated'
