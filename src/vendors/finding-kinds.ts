import { DATABRICKS_FINDINGS } from './databricks/finding-kinds.ts'
import type { DatabricksFindingCode } from './databricks/finding-kinds.ts'

/** The findings that only endpoints of one owner have, in the order of the docs. */
export const VENDOR_FINDINGS = [...DATABRICKS_FINDINGS] as const

/** The codes of all that owners find. */
export type VendorFindingCode = DatabricksFindingCode
