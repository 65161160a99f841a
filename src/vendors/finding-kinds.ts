import { DATABRICKS_FINDINGS } from './databricks/finding-kinds.ts'

/** The findings that only the endpoints of one owner have, in the order of the docs. */
export const VENDOR_FINDINGS = [...DATABRICKS_FINDINGS] as const

/** Those, and what every owner's page may show. */
export type VendorFindingCode = (typeof VENDOR_FINDINGS)[number]['code'] | 'served-model-changed' | 'config-updated'
