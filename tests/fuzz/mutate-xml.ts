import { pick, type Random } from './pick.ts'

/** An element without elements in it, an attribute, a tag. */
const leaf = /<(\w[\w.:-]{0,40})((?: [^<>]{0,500})?)>([^<>]{0,500})<\/\1>/g
const attribute = / (\w[\w.:-]{0,40})="([^"]{0,500})"/g
const tag = /<\/?\w[^<>]{0,500}>/g

const oddTexts = [
  '',
  ' ',
  '&#10;',
  '&#x0;',
  '&#49;',
  '&amp;',
  '&lol;',
  '&',
  '<![CDATA[10.0.0.1]]>',
  '<![CDATA[]]]]><![CDATA[>]]>',
  '<!-- x -->',
  '<?php x ?>',
  '65545',
  '00005900',
  '10.0.0.1',
  '2001:db8::1',
  '<a/>',
  ']]>',
  '\u0000',
  '\u00a0',
]
const names = [
  'vdrpIP',
  'vdrpPort',
  'id',
  'link',
  'virtualMachine',
  'virtualMachines',
  'enterprise',
  'totalSize',
  '__proto__',
  'constructor',
  '#text',
  '@rel',
  'html',
  'x:link',
]
const bomb =
  '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">' +
  '<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY lol "&e;&e;&e;&e;&e;&e;&e;">]>'
const prologs = [
  bomb,
  '\ufeff',
  '<?xml version="1.0" encoding="UTF-16"?>',
  '<?xml version="1.1"?>',
  '<!-- -->',
  '<!DOCTYPE html>',
  '\n\n',
  'x',
]

/** Changes one element, attribute or tag of a text that has XML in it; null where there is none. */
export function mutateXml(text: string, random: Random): string | null {
  const choice = random()
  if (choice < 0.3)
    return at(text, leaf, random, ([whole, name = '', attributes, content = '']) =>
      pick(
        [
          `${whole}${whole}`,
          '',
          `<${name}${attributes}>${pick(oddTexts, random)}</${name}>`,
          `<${name}${attributes}>${content}${pick(oddTexts, random)}</${name}>`,
          `<${pick(names, random)}>${content}</${name}>`,
          renamed(pick(names, random), content),
        ],
        random,
      ),
    )
  if (choice < 0.5)
    return at(text, attribute, random, ([whole, name = '', value = '']) =>
      pick(
        [
          `${whole}${whole}`,
          '',
          ` ${name}="${value}${pick(oddTexts, random)}"`,
          ` ${pick(names, random)}="${value}"`,
          ` ${name}='${value}'`,
          ` ${name}=${value}`,
        ],
        random,
      ),
    )
  if (choice < 0.75)
    return at(text, tag, random, ([whole]) =>
      pick(
        [
          `${whole}${whole}`,
          '',
          `${whole}${pick(oddTexts, random)}`,
          whole.replace('>', '/>'),
          whole.replace('/>', '>'),
          whole.toUpperCase(),
          deep(whole, random),
        ],
        random,
      ),
    )
  if (choice < 0.9) return at(text, /(?:^|\n)(?=<)/g, random, ([whole]) => whole + pick(prologs, random))
  return text.replaceAll(/<(\/?)virtualMachine>/g, `<$1${pick(names, random)}>`)
}

function renamed(name: string, content: string): string {
  return `<${name}>${content}</${name}>`
}

function deep(whole: string, random: Random): string {
  const depth = 2 ** Math.floor(random() * 15)
  return `${whole}${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`
}

function at(text: string, what: RegExp, random: Random, change: (found: RegExpExecArray) => string): string | null {
  const all = [...text.matchAll(what)]
  if (all.length === 0) return null
  const found = pick(all, random)
  return text.slice(0, found.index) + change(found) + text.slice(found.index + found[0].length)
}
