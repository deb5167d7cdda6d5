import { markdownTable } from '../../scripts/lib/markdown-table.ts'
import { type Figure, judge, type Spread, type Unit } from './figure.ts'

const head = ['what', 'figure (least - most)', 'floor', 'ratio', 'limit', 'verdict', 'besides']

/** The figures as a table, each with its floor beside it. */
export function figureTable(figures: readonly Figure[]): string[] {
  return markdownTable([head, ...figures.map(rowOf)])
}

function rowOf(figure: Figure): string[] {
  const { unit, limit } = figure
  const judged = judge(figure)
  const most = limit.of === 'ratio' ? `${limit.most} x` : show(limit.most, unit)
  const floor = judged.floor === null ? '' : `${show(judged.floor.value, unit)}: ${figure.floor?.what}`
  const ratio = judged.ratio === null ? '' : spread(judged.ratio, (value) => value.toFixed(2))
  const verdict = judged.met ? 'ok' : 'MISSED'
  const shown = spread(judged.figure, (value) => show(value, unit))
  return [figure.what, shown, floor, ratio, most, verdict, figure.besides ?? '']
}

function spread({ value, least, most }: Spread, format: (value: number) => string): string {
  return least === most ? format(value) : `${format(value)} (${format(least)} - ${format(most)})`
}

/** A number with its unit, as long as it is of use. */
export function show(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return value >= 1000
        ? `${(value / 1000).toFixed(2)} s`
        : `${value.toFixed(value < 0.1 ? 3 : value < 100 ? 1 : 0)} ms`
    case 'MB':
      return `${value.toFixed(0)} MB`
    case '%':
      return `${value.toFixed(2)} %`
    case 'requests':
    case 'files':
    case 'keys':
      return String(Math.round(value * 100) / 100)
  }
}
