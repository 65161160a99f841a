/**
 * What the page of a timeline can do where scripts run: metrics and days are chosen, and the point nearest to the pointer tells its row.
 * It reads what stands in the page and nothing else; without it everything is shown. Nothing is read or changed before somebody chooses or points, so that a page is
 * drawn as fast as one without a script; all that it shows of the filter until then is that there is one. It runs as soon as that is there: what somebody
 * chooses before all rows are is done when they are.
 */
export const TIMELINE_SCRIPT = `
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const form = document.getElementById('filter')
let runs = null
const readRuns = () => {
  if (runs !== null) return runs
  const rows = all('.runs tbody tr').reverse()
  const days = rows.map((row) => row.cells[0].textContent.slice(0, 10))
  return (runs = { rows, days, heads: all('.runs thead th') })
}
const apply = () => {
  const { rows, days, heads } = readRuns()
  const boxes = all('input[type=checkbox]', form)
  const [from, to] = all('input[type=date]', form)
  const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value))
  for (const section of all('section[data-metric]')) section.hidden = off.has(section.dataset.metric)
  heads.forEach((head, i) => {
    const hidden = off.has(head.dataset.metric)
    if (head.hidden === hidden) return
    head.hidden = hidden
    for (const row of rows) row.cells[i].hidden = hidden
  })
  const isIn = (day) => (from.value === '' || day >= from.value) && (to.value === '' || day <= to.value)
  let [first, last] = [days.findIndex(isIn), days.findLastIndex(isIn)]
  rows.forEach((row, i) => (row.hidden = first === -1 || i < first || i > last))
  const count = first === -1 ? 0 : last - first + 1
  document.getElementById('shown').textContent = count + ' of ' + days.length + ' points shown'
  if (count === 0) [first, last] = [0, days.length - 1]
  for (const chart of all('svg.months')) stretch(chart, days, first, last)
}
const placeOf = ({ dataset }) => [Number(dataset.left), Number(dataset.width)]
const stretch = (chart, days, first, last) => {
  const [left, width] = placeOf(chart)
  const n = days.length
  const factor = n / (last - first + 1)
  const shift = left - factor * (left + (first * width) / n)
  chart.querySelector('.plot').setAttribute('transform', 'matrix(' + factor + ' 0 0 1 ' + shift + ' 0)')
  for (const note of all('[data-x]', chart)) {
    const x = factor * Number(note.dataset.x) + shift
    note.setAttribute('x', x)
    note.style.display = x < left - 1 || x > left + width + 1 ? 'none' : ''
  }
  const dates = all('.date', chart)
  dates.forEach((date, i) => {
    const at = first + Math.round(((last - first) * i) / Math.max(1, dates.length - 1))
    date.textContent = days[at]
    date.setAttribute('x', factor * (left + ((at + 0.5) * width) / n) + shift)
  })
}
const findNearest = (chart, event) => {
  const { rows } = readRuns()
  const toChart = chart.querySelector('.plot').getScreenCTM().inverse()
  const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(toChart)
  const [left, width] = placeOf(chart)
  const distance = (point) => Math.abs(point.px - x)
  return [...chart.querySelector('.run').getAttribute('d').matchAll(/[ML]([^,]+),([^ML]+)/g)]
    .map(([, px, py]) => ({ px, py, row: rows[Math.floor(((px - left) / width) * rows.length)] }))
    .filter(({ row }) => !row.hidden)
    .reduce((best, point) => (best !== null && distance(best) <= distance(point) ? best : point), null)
}
let isPinned = false
const tell = (event) => {
  const chart = event.target.closest('svg.months')
  if (chart === null || (isPinned && event.type !== 'click')) return
  const nearest = findNearest(chart, event)
  if (nearest === null) return
  if (event.type === 'click') event.preventDefault()
  isPinned = event.type === 'click'
  const { px, py, row } = nearest
  const { heads } = readRuns()
  const old = document.querySelector('.plot a')
  if (old !== null && old.getAttribute('href') === '#' + row.id && chart.contains(old)) return
  if (old !== null) old.remove()
  const link = '<a href="#' + row.id + '" tabindex="-1"><path d="M' + px + ',' + py + 'h0"/></a>'
  chart.querySelector('.plot').insertAdjacentHTML('beforeend', link)
  document.getElementById('told').replaceChildren(...[...row.cells].flatMap((cell, at) => [
    (at === 0 ? '' : ' · ') + heads[at].textContent + ' ',
    ...[...cell.childNodes].map((node) => node.cloneNode(true)),
  ]))
}
let isWhole = false
let isChosen = false
const choose = () => {
  isChosen = true
  if (isWhole) apply()
}
form.hidden = false
form.addEventListener('input', choose)
form.addEventListener('reset', () => setTimeout(choose))
document.addEventListener('DOMContentLoaded', () => {
  isWhole = true
  if (isChosen) apply()
  document.addEventListener('pointermove', tell)
  document.addEventListener('click', tell)
})
`
