import { escapeForHtml } from '../text.ts'

/** Names beside places of a chart: each where it covers no other and lies on no line, as far as there is such a place. */
export interface Name {
  readonly text: string
  readonly kind: string
  /** Where it may stand, the best first. */
  readonly places: readonly NamePlace[]
  /** Whether it is left out where all of its places are taken; else it then stands at the first. */
  readonly isOptional: boolean
}

/** The foot of a text, and which end of it stands there. Pixels. */
export interface NamePlace {
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
}

/** What must not be covered. */
export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** The width of a letter and the height of a line, between those on a wide screen and on a phone. */
const [LETTER, LINE] = [8, 15]

/**
 * The texts in the order of their importance, inside `frame`, with nothing on what is `taken` already. On what is to be `spared` a name stands
 * only where all of its other places are taken.
 */
export function drawNames(
  names: readonly Name[],
  { taken, spared, frame }: { readonly taken: readonly Box[]; readonly spared: readonly Box[]; readonly frame: Box },
): string[] {
  const boxes = [...taken]
  return names.flatMap(({ text, kind, places, isOptional }) => {
    const open = places.filter((place) => {
      const box = boxOf(text, place)
      return isInside(box, frame) && !boxes.some((other) => doOverlap(box, other))
    })
    const free = open.find((place) => !spared.some((other) => doOverlap(boxOf(text, place), other))) ?? open[0]
    if (free === undefined && isOptional) return []
    const at = free ?? places[0]!
    boxes.push(boxOf(text, at))
    return [
      `<text class="name ${kind}" x="${roundPixels(at.x)}" y="${roundPixels(at.y)}" text-anchor="${at.anchor}">${escapeForHtml(text)}</text>`,
    ]
  })
}

function boxOf(text: string, { x, y, anchor }: NamePlace): Box {
  const width = LETTER * text.length
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
  return { left, right: left + width, top: y - LINE + 3, bottom: y + 3 }
}

function doOverlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

function isInside(box: Box, frame: Box): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
}

/** A length in pixels, rounded to a tenth, so that a chart is the same on every machine. */
export function roundPixels(value: number): number {
  return Number(value.toFixed(1))
}
