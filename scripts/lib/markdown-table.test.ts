import { expect, test } from 'bun:test'
import { markdownTable } from './markdown-table.ts'

test('columns are as wide as their widest cell, and bars in cells are no borders', () => {
  const rows = [
    ['name', ''],
    ['a|b', 'x'],
    ['long one', 'yy'],
  ]
  expect(markdownTable(rows)).toEqual([
    '| name     |     |',
    '| -------- | --- |',
    '| a\\|b     | x   |',
    '| long one | yy  |',
  ])
})
