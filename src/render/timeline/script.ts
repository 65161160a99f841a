/**
 * What the page of a timeline can do where scripts run: metrics and days are chosen, and a dot tells its row. It reads what stands in the
 * page and nothing else; without it everything is shown. Nothing is read or changed before somebody chooses or points, so that a page is
 * drawn as fast as one without a script; all that it shows of the filter until then is that there is one.
 */
export const TIMELINE_SCRIPT = `
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const form = document.getElementById('filter')
const shown = document.getElementById('shown')
const told = document.getElementById('told')
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
  shown.textContent = count + ' of ' + days.length + ' points shown'
  if (count === 0) [first, last] = [0, days.length - 1]
  for (const chart of all('svg.months')) stretch(chart, days, first, last)
}
const stretch = (chart, days, first, last) => {
  const [left, width, n] = [Number(chart.dataset.left), Number(chart.dataset.width), days.length]
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
let isPinned = false
const tell = (event) => {
  const dot = event.target.closest('svg a')
  if (dot === null || (isPinned && event.type !== 'click')) return
  if (event.type === 'click') event.preventDefault()
  isPinned = event.type === 'click'
  const { heads } = readRuns()
  const row = document.getElementById(dot.getAttribute('href').slice(1))
  told.replaceChildren(...[...row.cells].flatMap((cell, i) => [
    (i === 0 ? '' : ' · ') + heads[i].textContent + ' ',
    ...[...cell.childNodes].map((node) => node.cloneNode(true)),
  ]))
}
form.hidden = false
form.addEventListener('input', apply)
form.addEventListener('reset', () => setTimeout(apply))
document.addEventListener('pointerover', tell)
document.addEventListener('click', tell)
`
