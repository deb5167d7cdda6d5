import { expect, test } from 'bun:test'
import { formatOf, mediaType } from './media-types.ts'

test('a media type is named after its entity, without a version', () => {
  expect([mediaType('enterprises', 'json'), mediaType('virtualmachine', 'xml')]).toEqual([
    'application/vnd.abiquo.enterprises+json',
    'application/vnd.abiquo.virtualmachine+xml',
  ])
})

const cases: readonly (readonly [contentType: string | null, body: string, format: string | null])[] = [
  ['application/vnd.abiquo.enterprises+json; version=6.0', '', 'json'],
  ['application/json;charset=utf-8', '', 'json'],
  ['APPLICATION/VND.ABIQUO.ENTERPRISES+XML', '', 'xml'],
  ['text/xml', '', 'xml'],
  ['text/html', '{}', null],
  ['application/xhtml+xml', '<html/>', null],
  // Without a type that tells it, the first character does.
  [null, ' \n{"a":1}', 'json'],
  [null, '[1]', 'json'],
  ['text/plain', '\ufeff<?xml version="1.0"?><enterprises/>', 'xml'],
  ['application/octet-stream', '<enterprises/>', 'xml'],
  [null, '<!DOCTYPE html><title>Log in</title>', null],
  [null, '<!doctype HTML PUBLIC "-//W3C//DTD">', null],
  [null, '<!-- page -->\n<html lang="en">', null],
  [null, 'Service unavailable', null],
  [null, '', null],
]

test.each(cases)('a body of type %p that begins with %p is %p', (contentType, body, format) => {
  expect(formatOf(contentType, body)).toBe(format as ReturnType<typeof formatOf>)
})
