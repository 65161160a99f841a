import { ValueError } from '../../errors.ts'
import type { Task } from '../../vocabulary/load.ts'

/** The images of one request: so many, all of one size in pixels. */
export interface Images {
  readonly count: number
  readonly width: number
  readonly height: number
}

/** Fewer pixels are less than one patch of any model; more are scaled down by all that take images. */
const SIDES = { least: 16, most: 4096 }
const MOST_IMAGES = 64
const ALLOWED = `must be how many and how large, for example 1 x 512x512: up to ${MOST_IMAGES} images with sides of ${SIDES.least} to ${SIDES.most} pixels`

/** Reads `1 x 512x512`, or `512x512` for one. */
export function readImages(text: string): Images {
  const numbers = text.split(/[x×]/i).map((part) => (/^\d{1,5}$/.test(part.trim()) ? Number(part) : NaN))
  const [count = NaN, width = NaN, height = NaN] = numbers.length === 2 ? [1, ...numbers] : numbers
  const isSide = (side: number): boolean => side >= SIDES.least && side <= SIDES.most
  if (numbers.length > 3 || !(count >= 1 && count <= MOST_IMAGES) || !isSide(width) || !isSide(height))
    throw new ValueError(ALLOWED)
  return { count, width, height }
}

/** The text that `readImages` reads back. */
export function renderImages({ count, width, height }: Images): string {
  return `${count} x ${width}x${height}`
}

/** Why images cannot be sent there, as half a sentence that follows `images`; null where they can, as far as it is known. */
export function findImageMisfit(
  task: Task | null,
  api: { readonly name: string; readonly takesImages?: boolean } | null,
): string | null {
  if (task !== null && task !== 'chat') return `are for chat, and the task is ${task}; remove them, or measure a chat`
  if (api === null || api.takesImages === true) return null
  return `are not sent over ${api.name}; remove them, or measure an API that takes them, such as openai-chat`
}
